//! The other half of invariant 4: fencing tokens only grow.

use std::collections::BTreeMap;

/// Every fencing token that was said.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// Whom each proves, by token.
    said: BTreeMap<u64, u16>,
    /// The highest of each term.
    highest: BTreeMap<u16, u64>,
}

impl Tokens {
    /// A connector of term `token >> 48` says that `host` is fenced.
    pub fn say(&mut self, token: u64, host: u16) -> Result<(), String> {
        if token == 0 {
            return Err(format!("host {host} is said to be fenced without a token"));
        }
        if let Some(proved) = self.said.get(&token) {
            return if *proved == host {
                Ok(())
            } else {
                Err(format!("token {token:#x} proves host {proved}, and now host {host}"))
            };
        }
        let highest = self.highest.entry((token >> 48) as u16).or_default();
        if token <= *highest {
            return Err(format!("token {token:#x} for host {host} comes after {highest:#x}"));
        }
        *highest = token;
        self.said.insert(token, host);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_grow_and_prove_one_host() {
        let mut tokens = Tokens::default();
        tokens.say(5, 1).unwrap();
        tokens.say(5, 1).unwrap();
        tokens.say(7, 2).unwrap();
        assert!(tokens.say(6, 1).is_err());
        assert!(tokens.say(7, 1).is_err());
        assert!(tokens.say(0, 1).is_err());
        tokens.say(1 << 48, 1).unwrap();
    }
}
