//! The forms in which a secret could show.

/// Longest beginning of a secret that may show by accident.
const HARMLESS: usize = 6;

/// Everything that gives `secret` away: the text, or enough of its beginning, and its bytes as
/// programs print them.
fn forms(secret: &[u8]) -> Vec<String> {
    let start = &secret[..HARMLESS.min(secret.len())];
    let joined =
        |one: fn(&u8) -> String, by: &str| start.iter().map(one).collect::<Vec<_>>().join(by);
    let hex: fn(&u8) -> String = |byte| format!("{byte:02x}");
    vec![
        String::from_utf8_lossy(start).into_owned(),
        joined(hex, ""),
        joined(hex, " "),
        joined(hex, ":"),
        joined(hex, ", "),
        joined(|byte| format!("0x{byte:02x}"), ", "),
        joined(|byte| byte.to_string(), ", "),
        joined(|byte| byte.to_string(), ",\n    "),
        joined(|byte| byte.to_string(), ",\n        "),
        base64(start),
    ]
}

/// Of as many whole groups of three bytes as there are.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.as_chunks::<3>().0.iter();
    let digits = groups.flat_map(|[a, b, c]| {
        let all = u32::from_be_bytes([0, *a, *b, *c]);
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[(all >> shift & 63) as usize]))
    });
    digits.collect()
}

/// Fails when `output` shows one of the secrets.
#[track_caller]
pub(crate) fn assert_hidden(secrets: &[&[u8]], output: &str, what: &str) {
    let small = output.to_lowercase();
    for secret in secrets {
        for form in forms(secret) {
            let shown = output.contains(&form) || small.contains(&form);
            assert!(!shown, "{what} shows {form:?}:\n{output}");
        }
    }
}

#[test]
fn each_form_is_found() {
    let secret = b"Zebra-71-quagga";
    let shows =
        |output: &str| std::panic::catch_unwind(|| assert_hidden(&[secret], output, "it")).is_err();
    for output in [
        "password=Zebra-71-quagga",
        "Zebra-7...",
        "5A 65 62 72 61 2D 37 31",
        "key 5a656272612d3731",
        &format!("{secret:?}"),
        &format!("{secret:#?}"),
        &format!("{secret:02x?}"),
        "cGFzcw== WmVicmEtNzE=",
    ] {
        assert!(shows(output), "{output}");
    }
    assert!(!shows("zebras are striped"));
}
