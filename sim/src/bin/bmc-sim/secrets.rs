//! Users and keys, from files: a command line is there for everybody to read.

use std::fs;
use std::path::Path;

use komainu_sim::bmc::{Kg, Privilege, User};

/// Reads a users file; the error names the line.
pub(crate) fn read_users(path: &Path) -> Result<Vec<User>, String> {
    let text = read(path)?;
    let users = parse_users(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    if users.is_empty() {
        Err(format!("{}: there is no user in it", path.display()))
    } else {
        Ok(users)
    }
}

/// Reads a Kg file.
pub(crate) fn read_kg(path: &Path) -> Result<Kg, String> {
    let text = read(path)?;
    let line = text.lines().next().unwrap_or_default();
    parse_kg(line).ok_or_else(|| {
        format!("{}: a Kg is up to 20 characters, or 0x and up to 40 hex digits", path.display())
    })
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn parse_users(text: &str) -> Result<Vec<User>, String> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| parse_user(line).map_err(|error| format!("line {number}: {error}")))
        .collect()
}

fn parse_user(line: &str) -> Result<User, &'static str> {
    let mut words = line.splitn(3, char::is_whitespace);
    let name = words.next().filter(|name| *name != "-").unwrap_or_default();
    let limit = words.next().and_then(privilege).ok_or(
        "a user is NAME PRIVILEGE PASSWORD, with callback, user, operator or administrator",
    )?;
    let password = words.next().unwrap_or_default().trim();
    User::new(name, password, limit).ok_or("names have up to 16 bytes, passwords up to 20")
}

fn privilege(word: &str) -> Option<Privilege> {
    match word {
        "callback" => Some(Privilege::Callback),
        "user" => Some(Privilege::User),
        "operator" => Some(Privilege::Operator),
        "administrator" | "admin" => Some(Privilege::Administrator),
        _ => None,
    }
}

fn parse_kg(line: &str) -> Option<Kg> {
    let Some(hex) = line.strip_prefix("0x") else { return Kg::new(line.as_bytes()) };
    let digits = hex.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> =
        digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect();
    (hex.len() % 2 == 0).then(|| Kg::new(&bytes?)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_with_spaces_in_passwords() {
        let users = parse_users("# known\nroot administrator a b c\n- user\n").unwrap();
        assert_eq!(users[0].name, b"root");
        assert_eq!(users[0].limit, Privilege::Administrator);
        assert_eq!(users[0].password, User::new("", "a b c", Privilege::User).unwrap().password);
        assert!(users[1].name.is_empty());
    }

    #[test]
    fn wrong_lines_are_named() {
        let error = parse_users("a user b\nc nobody d\n").unwrap_err();
        assert!(error.starts_with("line 2"), "{error}");
        assert!(parse_users("a user twenty-one-characters!\n").is_err());
    }

    #[test]
    fn keys_are_text_or_hex() {
        assert_eq!(parse_kg("0x4142"), Kg::new(b"AB"));
        assert_eq!(parse_kg("AB"), Kg::new(b"AB"));
        assert_eq!(parse_kg("0x414"), None);
        assert_eq!(parse_kg("0xzz"), None);
    }
}
