//! What the fuzz targets do with their bytes, and what must hold whatever the bytes are.

pub mod block;
mod duel;
pub mod fence;
pub mod nut;
mod parties;
pub mod reset_path;
mod setup;
mod tape;
mod twins;
pub mod wire;

pub use duel::{Duel, Side};
pub use parties::{Parties, Party};
