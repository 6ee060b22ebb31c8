//! Tables of configuration parameters, the form that LAN and PEF configuration share.

use std::collections::BTreeMap;

use super::call::{Outcome, Refusal};

const NOT_SUPPORTED: Refusal = Refusal::Specific(0x80);
const SET_IN_PROGRESS: Refusal = Refusal::Specific(0x81);
const READ_ONLY: Refusal = Refusal::Specific(0x82);

/// The form of a parameter's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Set in progress: one byte, refused while another is setting.
    Progress,
    /// This many bytes.
    Plain(usize),
    /// This many bytes that only the BMC changes.
    ReadOnly(usize),
    /// Selectors 0 to `last`, each this many bytes with the selector as its first.
    Selected { last: u8, len: usize },
    /// Selectors 0 to `last`, each made of blocks of 16 bytes from block 1 on; selector and block
    /// are the first two bytes.
    Blocks { last: u8, blocks: u8 },
}

/// A parameter's number and form.
pub(super) type Definition = (u8, Shape);

/// The stored values; what was never set is all zero.
#[derive(Clone, Debug)]
pub(super) struct Parameters {
    definitions: &'static [Definition],
    values: BTreeMap<[u8; 3], Vec<u8>>,
}

impl Parameters {
    pub(super) fn new(definitions: &'static [Definition]) -> Self {
        Self { definitions, values: BTreeMap::new() }
    }

    /// Gives a parameter without selector its value.
    pub(super) fn preset(&mut self, number: u8, value: &[u8]) {
        self.values.insert([number, 0, 0], value.to_vec());
    }

    fn shape(&self, number: u8) -> Result<Shape, Refusal> {
        let found = self.definitions.iter().find(|(known, _)| *known == number);
        found.map(|(_, shape)| *shape).ok_or(NOT_SUPPORTED)
    }

    /// A stored value, selector and block included.
    pub(super) fn value(&self, key: [u8; 3]) -> Option<&[u8]> {
        self.values.get(&key).map(Vec::as_slice)
    }

    /// Appends a parameter's data.
    pub(super) fn get(&self, number: u8, selector: u8, block: u8, out: &mut Vec<u8>) -> Outcome {
        let (key, head, len) = match self.shape(number)? {
            Shape::Progress => ([number, 0, 0], vec![], 1),
            Shape::Plain(len) | Shape::ReadOnly(len) => ([number, 0, 0], vec![], len),
            Shape::Selected { last, .. } | Shape::Blocks { last, .. } if selector > last => {
                return Err(Refusal::ParameterOutOfRange);
            }
            Shape::Selected { len, .. } => ([number, selector, 0], vec![selector], len),
            Shape::Blocks { blocks, .. } if !(1..=blocks).contains(&block) => {
                return Err(Refusal::ParameterOutOfRange);
            }
            Shape::Blocks { .. } => ([number, selector, block], vec![selector, block], 18),
        };
        match self.value(key) {
            Some(value) => out.extend_from_slice(value),
            None => {
                out.extend_from_slice(&head);
                out.resize(out.len() + len - head.len(), 0);
            }
        }
        Ok(())
    }

    /// Stores a parameter's data.
    pub(super) fn set(&mut self, number: u8, data: &[u8]) -> Outcome {
        let (key, right) = match (self.shape(number)?, data) {
            (Shape::ReadOnly(_), _) => return Err(READ_ONLY),
            (Shape::Progress, [state]) => {
                let busy = self.value([number, 0, 0]) == Some(&[1]);
                if busy && *state == 1 {
                    return Err(SET_IN_PROGRESS);
                }
                ([number, 0, 0], true)
            }
            (Shape::Plain(len), _) => ([number, 0, 0], data.len() == len),
            (Shape::Selected { last, .. }, [selector, ..]) if selector & 0x7f > last => {
                return Err(Refusal::ParameterOutOfRange);
            }
            (Shape::Selected { len, .. }, [selector, ..]) => {
                ([number, selector & 0x7f, 0], data.len() == len)
            }
            (Shape::Blocks { last, blocks }, [selector, block, ..]) => {
                if selector & 0x7f > last || !(1..=blocks).contains(block) {
                    return Err(Refusal::ParameterOutOfRange);
                }
                ([number, selector & 0x7f, *block], data.len() <= 18)
            }
            (Shape::Progress | Shape::Selected { .. } | Shape::Blocks { .. }, _) => {
                return Err(Refusal::WrongLength);
            }
        };
        if !right {
            return Err(Refusal::WrongLength);
        }
        self.values.insert(key, data.to_vec());
        Ok(())
    }
}
