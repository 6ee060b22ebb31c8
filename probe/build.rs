//! Puts the memory map where the linker finds it, and a recorded login into the image.

use std::path::Path;
use std::{env, fs};

const RECORD: &str = "../tests/vectors/v20-c3.jsonl";
/// The exchanges in front of the login, and those of it: Open Session, RAKP 1 and 2, RAKP 3 and
/// 4, Set Session Privilege Level.
const SKIPPED: usize = 1;
const TAKEN: usize = 4;

fn main() {
    let out = env::var("OUT_DIR").expect("cargo names a folder for what is generated");
    let out = Path::new(&out);
    fs::copy("memory.x", out.join("memory.x")).expect("the memory map can be copied");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed=memory.x");

    let record = fs::read_to_string(RECORD).expect("the recorded login is in the tree");
    let datagrams: Vec<_> = record.lines().filter_map(datagram).collect();
    let exchanges: Vec<_> = datagrams.as_chunks::<2>().0.iter().skip(SKIPPED).take(TAKEN).collect();
    assert_eq!(exchanges.len(), TAKEN, "{RECORD} holds the whole login");
    let text = format!("[{}]", exchanges.into_iter().map(pair).collect::<String>());
    fs::write(out.join("login.rs"), text).expect("the login can be written");
    println!("cargo:rerun-if-changed={RECORD}");
}

/// The bytes of a line that holds a datagram.
fn datagram(line: &str) -> Option<Vec<u8>> {
    let (_, rest) = line.split_once("\"hex\": \"")?;
    let (hex, _) = rest.split_once('"')?;
    hex.as_bytes().chunks(2).map(|pair| byte(pair).ok()).collect()
}

fn byte(hex: &[u8]) -> Result<u8, std::num::ParseIntError> {
    u8::from_str_radix(str::from_utf8(hex).unwrap_or_default(), 16)
}

fn pair([request, answer]: &[Vec<u8>; 2]) -> String {
    format!("(&{request:?}, &{answer:?}),\n")
}
