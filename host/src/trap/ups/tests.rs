//! Traps as net-snmp's `snmptrap` sends them, in the forms that cards have.

use super::super::ber::heard;
use super::*;

const APC_ON_BATTERY_V2C: &str = "306302010104067075626c6963a756020455a074fa0201000201003048300d060\
    82b060102010103004301643017060a2b06010603010104010006092b06010401823e0005301e060b2b06010401823\
    e02030300040f5550533a206f6e2062617474657279";
const APC_ON_BATTERY_V1: &str = "304702010004067075626c6963a43a06072b06010401823e40047f000001020106\
    0201054301643020301e060b2b06010401823e02030300040f5550533a206f6e2062617474657279";
const RFC1628_ON_BATTERY_V2C: &str = "307502010104067075626c6963a76802045d51f4f6020100020100305a300\
    d06082b060102010103004301643016060a2b06010603010104010006082b06010201210201300f060a2b060102012\
    10102030002010c300f060a2b060102012101020200020103300f060a2b060102012101090700020102";
const RFC1628_ON_BATTERY_WITH_ZERO: &str = "307602010104067075626c6963a769020478111be80201000201003\
    05b300d06082b060102010103004301643017060a2b06010603010104010006092b0601020121020001300f060a2b0\
    6010201210102030002010c300f060a2b060102012101020200020103300f060a2b060102012101090700020102";
const RFC1628_ON_BATTERY_V1: &str = "305a02010004067075626c6963a44d06072b06010201210240047f00000102\
    01060201014301643033300f060a2b06010201210102030002010c300f060a2b060102012101020200020103300f06\
    0a2b060102012101090700020102";
const APC_ON_BATTERY_V3: &str = "3081be020103301102047cda93ce020300ffe30401030201030435303304088000\
    000001020304020101020305e831040774726170706572040cb90b67a41076564d8e156fc00408771404dbd6fb092c\
    046f56fa01621aa4211ff868ac0e0888332fd37f738d15ccca9b29ec5495dcf07716b3cf85830adfafb60dfbbad86c\
    55a046681e09e35ada94ac1c88276a907ef4e3d0a60ac3450250ec08fe34c279d57b13ef5d6b4935986cb823d4d789\
    158542f9eac69c80a0a53df90342b8e6468306";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a digit") as u8;
    let pairs = hex.as_bytes().as_chunks::<2>().0.iter();
    pairs.map(|[high, low]| digit(*high) << 4 | digit(*low)).collect()
}

#[test]
fn every_form_is_known_for_what_it_is() {
    let forms = [
        APC_ON_BATTERY_V2C,
        APC_ON_BATTERY_V1,
        RFC1628_ON_BATTERY_V2C,
        RFC1628_ON_BATTERY_WITH_ZERO,
        RFC1628_ON_BATTERY_V1,
    ];
    for form in forms {
        let datagram = bytes(form);
        assert!(is_of_ups(&heard(&datagram).expect("a trap")), "{form}");
        for len in 0..datagram.len() {
            assert_eq!(heard(&datagram[..len]), None, "{len} bytes of {form}");
        }
    }
    let closed = bytes(APC_ON_BATTERY_V3);
    assert_eq!(heard(&closed), Some(Heard::V3));
}

#[test]
fn a_trap_of_something_else_is_not_a_ups_s() {
    let mut router = bytes(RFC1628_ON_BATTERY_V2C);
    let at = router.windows(7).position(|seven| seven == STANDARD).expect("there");
    // 1.3.6.1.2.1.34.2.1
    router[at + 5] = 34;
    assert!(!is_of_ups(&heard(&router).expect("a trap")));
}

const UPS: UpsIndex = UpsIndex(3);

#[test]
fn many_traps_are_two_hints_and_the_last_one_is_not_lost() {
    let (mut spacing, start) = (Spacing::default(), Instant::now());
    assert!(spacing.strike(UPS, start));
    for millis in 0..100 {
        assert!(!spacing.strike(UPS, start + Duration::from_millis(millis)));
    }
    assert!(spacing.strike(UpsIndex(4), start), "each has its own");
    assert_eq!((spacing.due(), spacing.take(start)), (Some(start + QUIET), None));
    assert_eq!(spacing.take(start + QUIET), Some(UPS));
    assert_eq!((spacing.due(), spacing.take(start + QUIET)), (None, None), "once");
    assert!(!spacing.strike(UPS, start + QUIET));
    assert_eq!(spacing.take(start + 3 * QUIET), Some(UPS));
    assert!(spacing.strike(UPS, start + 5 * QUIET));
}
