//! Part of invariant 8: no secret in anything that is said, stored or told.

/// Secrets in every form in which they could slip out.
#[derive(Clone, Debug)]
pub struct Secrets {
    forms: Vec<Vec<u8>>,
}

/// So many bytes of a secret are enough to know it by.
const TELLING: usize = 8;

impl Secrets {
    /// To look for these.
    #[must_use]
    pub fn new(secrets: &[&[u8]]) -> Self {
        Self { forms: secrets.iter().flat_map(|secret| forms(secret)).collect() }
    }

    /// Looks into something that was let out.
    pub fn look(&self, what: &str, bytes: &[u8]) -> Result<(), String> {
        let shown = self.forms.iter().any(|form| bytes.windows(form.len()).any(|at| at == form));
        if shown { Err(format!("a secret is in {what}")) } else { Ok(()) }
    }
}

fn forms(secret: &[u8]) -> [Vec<u8>; 4] {
    let start = &secret[..secret.len().min(TELLING)];
    let joined = |words: Vec<String>, by: &str| words.join(by).into_bytes();
    let hex = |upper: bool| {
        let digits = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        joined(start.iter().map(digits).collect(), "")
    };
    let decimal = joined(start.iter().map(u8::to_string).collect(), ", ");
    [start.to_vec(), hex(false), hex(true), decimal]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found() {
        let secrets = Secrets::new(&[b"open sesame"]);
        secrets.look("a line", b"nothing is here, open or not").unwrap();
        let debug = format!("{:?}", b"xopen sesame");
        for shown in ["an open sesame", "6f70656e20736573", "6F70656E20736573", &debug] {
            assert!(secrets.look("a line", shown.as_bytes()).is_err(), "{shown}");
        }
    }
}
