//! Known answers from the standards that define the algorithms.

extern crate std;

use std::vec::Vec;

use ::hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;

use super::*;

fn hex<const N: usize>(text: &str) -> [u8; N] {
    core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex"))
}

#[test]
fn hmac_matches_rfc_2202_and_4231_case_2() {
    let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
    let md5: [u8; 16] = hex("750c783e6ab0b503eaa86e310a5db738");
    let sha1: [u8; 20] = hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    let sha256: [u8; 32] = hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_eq!(hmac(Hash::Md5, b"Jefe", &parts).expose(), md5);
    assert_eq!(hmac(Hash::Sha1, b"Jefe", &parts).expose(), sha1);
    assert_eq!(hmac(Hash::Sha256, b"Jefe", &parts).expose(), sha256);
}

fn theirs<M: Mac + KeyInit>(key: &[u8], parts: &[Vec<u8>]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

proptest! {
    /// Agrees with the crate of its authors, for keys and messages across several blocks.
    #[test]
    fn hmac_agrees_with_another_one(
        key in prop::collection::vec(any::<u8>(), 0..140),
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 0..6),
    ) {
        let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        for (hash, theirs) in [
            (Hash::Md5, theirs::<Hmac<md5::Md5>>(&key, &parts)),
            (Hash::Sha1, theirs::<Hmac<sha1::Sha1>>(&key, &parts)),
            (Hash::Sha256, theirs::<Hmac<sha2::Sha256>>(&key, &parts)),
        ] {
            let ready = HmacKey::new(hash, &key);
            let (first, again) = (ready.code(&slices), ready.code(&slices));
            prop_assert_eq!(first.expose(), &theirs[..]);
            prop_assert_eq!(again.expose(), &theirs[..]);
        }
    }
}

#[test]
fn plain_digests_match_rfc_1319_and_1321() {
    let md2_abc: [u8; 16] = hex("da853b0d3f88d99b30283a69e6ded6bb");
    let md5_abc: [u8; 16] = hex("900150983cd24fb0d6963f7d28e17f72");
    assert_eq!(md2(&[b"ab", b"c"]).expose(), md2_abc);
    assert_eq!(md5(&[b"a", b"bc"]).expose(), md5_abc);
}

#[test]
fn cbc_matches_sp_800_38a_f_2_1() {
    let key = hex("2b7e151628aed2a6abf7158809cf4f3c");
    let iv = hex("000102030405060708090a0b0c0d0e0f");
    let plain: [u8; 32] = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    let sealed: [u8; 32] = hex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
    let mut data = plain;
    encrypt_cbc(&key, &iv, &mut data);
    assert_eq!(data, sealed);
    decrypt_cbc(&key, &iv, &mut data);
    assert_eq!(data, plain);
}

#[test]
fn codes_of_other_length_or_value_do_not_match() {
    assert!(codes_match(b"abc", b"abc"));
    assert!(!codes_match(b"abc", b"abd"));
    assert!(!codes_match(b"abc", b"ab"));
}

#[test]
fn sha_256_of_the_example_of_fips_180() {
    let digest = sha256(&[b"a", b"", b"bc"]);
    assert_eq!(digest.expose()[..8], [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea]);
    assert_eq!(digest.expose()[28..], [0xf2, 0x00, 0x15, 0xad]);
}
