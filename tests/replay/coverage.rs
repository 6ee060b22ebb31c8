//! The exchanges of the tree cover every suite and every authentication type that is spoken.

use std::collections::BTreeSet;
use std::path::Path;

use komainu_core::suite::Suite;
use komainu_tests::recorded::{Auth, End, Kind, Plan, Vector, load};

/// Packets inside a session of 1.5 carry codes both ways, or only on the way to the BMC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PerMessage {
    On,
    Off,
}

/// What the BMC said in its answer to Activate Session (section 22.17).
fn per_message(vector: &Vector) -> Option<PerMessage> {
    let activated =
        vector.datagrams.iter().find(|d| !d.is_question() && d.kind == Kind::Activate)?;
    match activated.ipmi().data.get(1)? {
        0 => Some(PerMessage::Off),
        _ => Some(PerMessage::On),
    }
}

#[test]
fn every_suite_and_authentication_type_has_a_session() {
    let (mut suites, mut types) = (BTreeSet::new(), BTreeSet::new());
    for vector in load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")) {
        let end = Plan::of(&vector).expect("a plan").end;
        if !matches!(end, End::Session { answers: 1.., closed: true }) {
            continue;
        }
        suites.extend(vector.case.suite);
        types.extend(vector.case.auth.zip(per_message(&vector)));
    }
    assert!(suites.into_iter().eq(Suite::IDS), "each suite has a session, and no other");
    let on = [Auth::Md2, Auth::Md5, Auth::Password].map(|auth| (auth, PerMessage::On));
    let off = Auth::ALL.map(|auth| (auth, PerMessage::Off));
    assert!(types.into_iter().eq(on.into_iter().chain(off).collect::<BTreeSet<_>>()));
}
