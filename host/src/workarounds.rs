//! The workarounds, in words.

use komainu_core::session::Workaround;

/// The workaround of that name.
pub(crate) fn by_name(name: &str) -> Option<Workaround> {
    Workaround::ALL.iter().find(|(_, known)| *known == name).map(|(workaround, _)| *workaround)
}

/// The table that `--workaround list` prints.
pub(crate) fn table() -> String {
    let mut table = String::from(
        "Each workaround forgives a deviation of real BMCs, and some give up a check. Use only\n\
         what your BMC needs; --workaround may be repeated.\n\n",
    );
    for (workaround, name) in Workaround::ALL {
        table.push_str(&format!("  {name:21} {}\n", text(workaround)));
    }
    table
}

const fn text(workaround: Workaround) -> &'static str {
    match workaround {
        Workaround::OpenHighest => "open the session at the highest privilege (early Tyan)",
        Workaround::NameAndPrivilege => "look users up by name and privilege (Intel SE7520AF2)",
        Workaround::RoleWithoutBit => "codes leave the name-only bit out (Intel 82571)",
        Workaround::Rakp3BarePrivilege => "RAKP 3 code over the bare privilege (Intel boards)",
        Workaround::Rakp4ByIntegrity => "RAKP 4 code by the integrity algorithm (Intel SE7520AF2)",
        Workaround::PaddedName => "user name padded to 16 bytes in all codes (Intel SE7520AF2)",
        Workaround::LongCodes => "codes may be too long (Supermicro H8QME, Sun Fire 4100)",
        Workaround::SikIntegrity => "messages are authenticated with SIK instead of K1",
        Workaround::Md5Dialect => "suites 6 to 12 as ipmi_sim (OpenIPMI) has them",
        Workaround::SwappedSequence => "1.5: sequence numbers in the wrong byte order (Sun ILOM)",
        Workaround::ZeroSessionId => "1.5: answers carry session id 0 (Tyan S2882)",
        Workaround::UncheckedCodes => "1.5: do not check answers; FORGERIES PASS (Xyratex, Quanta)",
        Workaround::UncheckedSums => "message checksums may be wrong (Supermicro X9)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workaround_is_found_and_listed() {
        for (workaround, name) in Workaround::ALL {
            assert_eq!(by_name(name), Some(workaround));
            assert!(table().contains(&format!("  {name} ")));
        }
        assert_eq!(by_name("list"), None);
    }
}
