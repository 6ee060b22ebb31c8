//! The peers among themselves: where one of these fails, the machine is at fault and not Komainu.

use crate::harness::Case;
use crate::harness::bmc::Bmc;
use crate::harness::client::Client;
use crate::harness::login::{Auth, Kind, Login};
use crate::harness::program::Program;
use crate::served::reads;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("fixtures::ipmi_sim_1.5", [Program::IpmiSim, Program::Ipmitool], || {
            reads(
                &Bmc::ipmi_sim(&["-1"])?,
                Client::Ipmitool,
                Login::admin(Kind::V15(Auth::Md5)),
                true,
            )
        }),
        Case::new("fixtures::ipmi_sim_2.0", [Program::IpmiSim, Program::Ipmitool], || {
            reads(&Bmc::ipmi_sim(&["-1"])?, Client::Ipmitool, Login::admin(Kind::V20(3)), true)
        }),
        Case::new("fixtures::pyghmi_bmc", [Program::Pyghmi, Program::Ipmipower], || {
            reads(
                &Bmc::pyghmi(&["--suites", "17", "--on"])?,
                Client::Ipmipower,
                Login::admin(Kind::V20(17)),
                true,
            )
        }),
    ]
}
