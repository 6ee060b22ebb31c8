//! Puts the memory map of a board where the linker finds it.

use std::path::Path;
use std::{env, fs};

fn main() {
    let out = env::var("OUT_DIR").expect("cargo names a folder for what is generated");
    fs::copy("memory.x", Path::new(&out).join("memory.x")).expect("the memory map can be copied");
    println!("cargo:rustc-link-search={out}");
    println!("cargo:rerun-if-changed=memory.x");
    for script in ["link.x", "defmt.x"] {
        println!("cargo:rustc-link-arg-bins=-T{script}");
    }
}
