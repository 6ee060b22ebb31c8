//! What the fuzz targets do with their bytes, and what must hold whatever the bytes are.

mod duel;
pub mod fence;
pub mod nut;
pub mod reset_path;
mod tape;
pub mod wire;

pub use duel::{Duel, Side};
