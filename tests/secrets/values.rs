//! What values print of themselves.

use std::fmt::{Debug, Display};

use komainu_core::failure::Failure;
use komainu_core::rng::{Chance, Drbg, Seed};
use komainu_core::secret::{Key, KeyId, KeyRing, Secret};
use komainu_core::session::{Profile, UserName};
use komainu_sim::bmc::{Bmc, BmcConfig, Kg, Password, Privilege, User};

use crate::forms::assert_hidden;

const PASSWORD: &[u8] = b"Pw-Zebra-71-quagga";
const KG: &[u8] = b"Kg-Okapi-93-dik-dikk";
const SEED: [u8; 32] = *b"Seed-Tapir-55-abcdefghijklmnopqr";

#[track_caller]
fn check(value: &dyn Debug) {
    for output in [format!("{value:?}"), format!("{value:#?}"), format!("{value:02x?}")] {
        assert_hidden(&[PASSWORD, KG, &SEED], &output, "Debug");
        assert!(!output.is_empty());
    }
}

#[track_caller]
fn check_error(error: &(impl Display + Debug)) {
    check(error);
    assert_hidden(&[PASSWORD, KG, &SEED], &error.to_string(), "Display");
}

#[test]
fn keys_and_generators_hide_what_they_hold() {
    let keys = [Key::new(PASSWORD).expect("it fits"), Key::new(KG).expect("it fits")];
    keys.iter().for_each(|key| check(key));
    check(&Secret::<32>::from(SEED));
    check(&KeyRing::new(&keys));
    check(&Some(&keys));
    check(&Seed::new(SEED));
    let mut drbg = Drbg::new(&Seed::new(SEED));
    check(&drbg);
    let mut drawn = [0; 64];
    drbg.fill(&mut drawn);
    assert_hidden(&[&drawn], &format!("{drbg:?}"), "a generator");
    check(&Profile::new(UserName::new("admin").expect("it fits"), Some(KeyId(0))));
}

#[test]
fn errors_do_not_quote_what_was_wrong() {
    let long = [PASSWORD, KG].concat();
    check_error(&Key::new(&long).expect_err("it is too long"));
    check_error(&UserName::new(&String::from_utf8_lossy(&long)).expect_err("it is too long"));
    for failure in [Failure::WrongPassword, Failure::WrongKg, Failure::LoginRefused(0x0f)] {
        check_error(&failure);
    }
}

#[test]
fn the_simulator_hides_its_passwords_too() {
    let (password, kg) = (Password::new(PASSWORD).expect("it fits"), Kg::new(KG).expect("it fits"));
    check(&password);
    check(&kg);
    let text = String::from_utf8_lossy(PASSWORD);
    let user = User::new("admin", &text, Privilege::Operator).expect("it fits");
    let config = BmcConfig { users: vec![user], kg: Some(kg), ..BmcConfig::default() };
    check(&config);
    check(Bmc::new(config, 1).config());
}
