//! The standby takes over, and never too early.

use std::time::Duration;

use komainu_sim::bmc::ChassisAction;
use nix::sys::signal::Signal;

use super::site::Site;

/// A site on which alpha serves and beta stands by.
fn serving() -> Site {
    let mut site = Site::new();
    site.start_connector();
    site.start_member("alpha");
    // Whoever is ready first starts the service; it is to be the primary.
    site.says("alpha", "KMN312-I", "taken over here again");
    site.start_member("beta");
    site.serves("alpha");
    site.says("beta", "KMN300-I", "alpha");
    site.says("beta", "KMN314-I", "connector 0");
    // Until each has heard what the other is, four heartbeats.
    std::thread::sleep(Duration::from_secs(2));
    site
}

/// Holds what an outsider has seen against the one law, and alpha's BMC against the other.
fn alpha_was_over_before_beta_began(site: &Site) {
    let (alpha, beta) = (site.beats("alpha"), site.beats("beta"));
    let (last, first) = (alpha.last().expect("alpha served"), beta.first().expect("beta serves"));
    assert!(last < first, "both served at once: alpha until {last}, beta from {first}");
}

fn orders(site: &Site, bmc: usize) -> Vec<ChassisAction> {
    site.bmcs.chassis_log(bmc).iter().map(|event| event.action).collect()
}

#[test]
fn a_host_that_dies_is_fenced_and_taken_over() {
    let site = serving();
    site.end_host("alpha");
    site.serves("beta");
    alpha_was_over_before_beta_began(&site);
    site.says("guard", "KMN233-W", "alpha is fenced, token 0.1");
    let off = orders(&site, 0).iter().filter(|action| **action == ChassisAction::Off).count();
    assert_eq!((off, orders(&site, 1)), (1, vec![]), "one shot, at the right one");
}

#[test]
fn a_host_that_hangs_while_its_service_runs_on_is_ended_first() {
    let site = serving();
    site.signal("alpha", Signal::SIGSTOP);
    let hung = site.beats("alpha").len();
    site.serves("beta");
    assert!(site.beats("alpha").len() > hung, "its service was to run on");
    alpha_was_over_before_beta_began(&site);
}

#[test]
fn a_member_that_is_stopped_hands_over_without_a_shot() {
    let mut site = serving();
    site.signal("alpha", Signal::SIGTERM);
    assert_eq!(site.ends("alpha"), Some(0), "{}", site.log("alpha"));
    site.serves("beta");
    alpha_was_over_before_beta_began(&site);
    site.signal("guard", Signal::SIGTERM);
    assert_eq!(site.ends("guard"), Some(0), "{}", site.log("guard"));
    for bmc in 0..2 {
        assert_eq!(orders(&site, bmc), []);
        assert_eq!(site.bmcs.with(bmc, |bmc, _| bmc.open_sessions()), 0, "a session is left open");
    }
}

#[test]
fn a_connector_that_died_and_came_back_fences_with_a_higher_token() {
    let mut site = serving();
    site.end_host("alpha");
    site.serves("beta");
    site.says("guard", "KMN235-I", "power of alpha is on, by the fencing");
    site.signal("guard", Signal::SIGKILL);
    site.ends("guard");
    site.start_connector();
    site.start_member("alpha");
    site.says("alpha", "KMN300-I", "beta");
    site.says("alpha", "KMN312-I", "taken over here again");
    site.end_host("beta");
    site.says("guard", "KMN233-W", "beta is fenced, token 0.");
    assert!(!site.log("guard").contains("token 0.1:"), "a token was given twice");
    site.says("alpha", "KMN306-I", "web is active here");
}
