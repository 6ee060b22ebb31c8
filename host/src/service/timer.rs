//! One alarm, on the clock of the core.

#[cfg(target_os = "linux")]
#[path = "timer/linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "timer/portable.rs"]
mod system;

pub(super) use system::Timer;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::now;

    #[test]
    fn it_rings_in_time_again_and_again() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime").block_on(async {
            let mut timer = Timer::new().expect("a timer");
            for wait in [20_u64, 0, 5] {
                let at = now() + Duration::from_millis(wait);
                timer.set(Some(at)).expect("set");
                while now() < at {
                    timer.rings().await.expect("rung");
                }
                assert!(now().since(at) < Duration::from_millis(500), "late");
            }
            timer.set(Some(now() + Duration::from_millis(1))).expect("set");
            timer.set(None).expect("unset");
            let silent = tokio::time::timeout(Duration::from_millis(20), timer.rings()).await;
            assert!(silent.is_err(), "it rings though nothing is set");
        });
    }
}
