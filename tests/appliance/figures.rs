//! What the image takes of a small machine.

use std::path::Path;

use libtest_mimic::Failed;

use crate::board::{Kind, PAINT};
use crate::image::{ALLOCATED, Image, NO_BITS};

/// Holds an image to what there is, and its RAM after a story: what still has its paint was never
/// used.
pub(crate) fn hold(kind: Kind, image: &Path, ram: &[u8]) -> Result<(), Failed> {
    let (most, image) = (kind.flash(), Image::read(image)?);
    let sections = image.sections()?;
    let kept = sections.iter().filter(|one| one.flags & ALLOCATED != 0 && one.kind != NO_BITS);
    let flash: usize = kept.map(|one| one.size).sum();
    let (symbol, start) = kind.stack();
    let deepest = (image.function(symbol)? - start) as usize;
    let free = ram.iter().skip(deepest).take_while(|byte| **byte == PAINT).count();
    println!("flash {flash} of {most}, RAM {} of {}", ram.len() - free, ram.len());
    match flash <= most && free > 0 {
        true => Ok(()),
        false => Err("the image takes more than a small machine has".into()),
    }
}
