//! The other half of invariant 4: fencing tokens only grow.

use std::collections::BTreeMap;

/// Every fencing token that was said.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// Whom each proves, by token.
    said: BTreeMap<u64, u16>,
    /// The highest of each host and term.
    highest: BTreeMap<(u16, u64), u64>,
    /// The same, when the host last went off.
    before: BTreeMap<(u16, u64), u64>,
}

/// The bits of a token below its term.
const COUNT: u32 = 48;

impl Tokens {
    /// A host goes off: what proves that is above what proved anything before.
    pub fn goes_off(&mut self, host: u16) {
        for (of, token) in self.highest.iter().filter(|((of, _), _)| *of == host) {
            self.before.insert(*of, *token);
        }
    }

    /// A connector says that `host` is fenced. Several fencings that one off ends are said in any
    /// order.
    pub fn say(&mut self, token: u64, host: u16) -> Result<(), String> {
        if token == 0 {
            return Err(format!("host {host} is said to be fenced without a token"));
        }
        match self.said.get(&token) {
            Some(proved) if *proved == host => return Ok(()),
            Some(proved) => {
                return Err(format!("token {token:#x} proves host {proved}, and now host {host}"));
            }
            None => {}
        }
        let of = (host, token >> COUNT);
        if let Some(before) = self.before.get(&of).filter(|before| token <= **before) {
            return Err(format!("token {token:#x} for host {host} comes after {before:#x}"));
        }
        let highest = self.highest.entry(of).or_default();
        *highest = token.max(*highest);
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
        tokens.say(4, 1).unwrap();
        assert!(tokens.say(5, 2).is_err());
        tokens.goes_off(1);
        assert!(tokens.say(3, 1).is_err());
        tokens.say(6, 1).unwrap();
        tokens.say(3, 2).unwrap();
        assert!(tokens.say(0, 1).is_err());
        tokens.say(1 << COUNT, 1).unwrap();
    }
}
