use zeroize::Zeroizing;

use super::*;
use crate::tls::{TlsError, Trust};
use crate::ups::setup::NutLogin;

fn setup(names: &[&str]) -> NutSetup {
    let upses = names.iter().map(|name| (UpsIndex(0), (*name).to_owned())).collect();
    NutSetup::new("localhost", upses)
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    assert!(matches!(Nut::new(setup(&[])), Err(SetupError::Count(0))));
    assert!(matches!(Nut::new(setup(&["a"; 17])), Err(SetupError::Count(17))));
    assert!(matches!(Nut::new(setup(&["feed a"])), Err(SetupError::Name(..))));
    for (user, password) in [("", "a"), ("a", ""), ("a\nLOGOUT", "b"), ("a", "b\nc")] {
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let login = Some(NutLogin { user: user.to_owned(), password });
        assert!(matches!(Nut::new(NutSetup { login, ..setup(&["a"]) }), Err(SetupError::Login)));
    }
    let encryption = Encryption::Require(Trust::Authority("/nonexistent.pem".into()));
    let error = Nut::new(NutSetup { encryption, ..setup(&["a"]) }).expect_err("no such file");
    assert!(matches!(&error, SetupError::Tls(TlsError::File(..))), "{error}");
    assert!(Nut::new(setup(&["a", "b"])).is_ok());
}

#[test]
fn nothing_shows_a_password() {
    let password = Zeroizing::new(b"opensesame".to_vec());
    let login = Some(NutLogin { user: "komainu".to_owned(), password });
    let nut = Nut::new(NutSetup { login, ..setup(&["a"]) }).expect("it could work");
    let shown = format!("{nut:?} {:?}", nut.config());
    assert!(shown.contains("komainu") && !shown.contains("opensesame"), "{shown}");
    assert!(!shown.contains(&format!("{:?}", b"opensesame")), "{shown}");
}
