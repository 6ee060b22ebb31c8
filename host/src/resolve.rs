//! Names to addresses. Addresses never touch the resolver; names are looked up in parallel.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::host_list::{Place, Target};
use crate::problem::Problem;

/// Longest time for all look-ups together.
const PATIENCE: Duration = Duration::from_secs(5);
/// Look-ups at the same time: each one occupies a thread.
const AT_ONCE: usize = 64;

/// Where each target is, in the order of the targets; a second name for an address is refused,
/// since a BMC has at most one session of ours.
pub(crate) async fn resolve(targets: &[Target]) -> Vec<Result<SocketAddr, Problem>> {
    let mut found = look_up(targets).await;
    let mut seen = std::collections::HashSet::with_capacity(targets.len());
    targets
        .iter()
        .enumerate()
        .map(|(at, target)| {
            let address = match target.place {
                Place::Address(address) => address,
                Place::Name { .. } => found.remove(&at).unwrap_or_else(|| {
                    Err(Problem::Unresolved("the resolver did not answer in time".to_owned()))
                })?,
            };
            if seen.insert(address) { Ok(address) } else { Err(Problem::SameAddress) }
        })
        .collect()
}

type Found = HashMap<usize, Result<SocketAddr, Problem>>;

async fn look_up(targets: &[Target]) -> Found {
    let mut found = Found::new();
    let names = targets.iter().enumerate().filter_map(|(at, target)| {
        let (name, port) = target.lookup()?;
        Some((at, name.to_owned(), port))
    });
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut running = JoinSet::new();
    for (at, name, port) in names {
        if running.len() >= AT_ONCE {
            take(&mut found, &mut running, deadline).await;
        }
        running.spawn(async move { (at, address(&name, port).await) });
    }
    while !running.is_empty() && tokio::time::Instant::now() < deadline {
        take(&mut found, &mut running, deadline).await;
    }
    // A look-up that is still running occupies its thread until the resolver gives up.
    running.abort_all();
    found
}

async fn take(
    found: &mut Found,
    running: &mut JoinSet<(usize, Result<SocketAddr, Problem>)>,
    deadline: tokio::time::Instant,
) {
    if let Ok(Some(Ok((at, result)))) = tokio::time::timeout_at(deadline, running.join_next()).await
    {
        found.insert(at, result);
    }
}

async fn address(name: &str, port: u16) -> Result<SocketAddr, Problem> {
    match tokio::net::lookup_host((name, port)).await {
        Ok(mut addresses) => {
            addresses.next().ok_or_else(|| Problem::Unresolved("it has no address".to_owned()))
        }
        Err(error) => Err(Problem::Unresolved(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host_list::parse;

    fn resolved(list: &str) -> Vec<Result<SocketAddr, Problem>> {
        let targets = parse(list).expect(list);
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime").block_on(resolve(&targets))
    }

    #[test]
    fn names_and_addresses_keep_their_order() {
        let all = resolved("10.0.0.1,localhost:6230,[::1]:5");
        assert_eq!(all[0], Ok(([10, 0, 0, 1], 623).into()));
        assert!(all[1].as_ref().is_ok_and(|address| address.ip().is_loopback()));
        assert_eq!(all[1].as_ref().map(SocketAddr::port), Ok(6230));
        assert_eq!(all[2].as_ref().map(ToString::to_string), Ok("[::1]:5".to_owned()));
    }

    #[test]
    fn a_second_name_for_an_address_is_refused() {
        let all = resolved("10.0.0.1,10.0.0.1:623,10.0.0.1:624");
        assert_eq!(all[1], Err(Problem::SameAddress));
        assert!(all[0].is_ok() && all[2].is_ok());
    }

    #[test]
    fn an_unknown_name_fails_alone() {
        let all = resolved("no-such-host.invalid,10.0.0.1");
        assert!(matches!(all[0], Err(Problem::Unresolved(_))));
        assert!(all[1].is_ok());
    }
}
