//! What an agent has answered, by object.

use async_snmp::{Oid, Value, VarBind};
use komainu_core::time::Millis;
use komainu_core::types::UpsFailure;

/// Objects with their values. One that the agent does not have is not there.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<(Oid, Value)>);

impl Values {
    /// Takes in the bindings of an answer.
    pub(super) fn extend(&mut self, bindings: Vec<VarBind>) {
        let there = |one: &VarBind| {
            !matches!(
                one.value,
                Value::Null | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView
            )
        };
        self.0.extend(bindings.into_iter().filter(there).map(|one| (one.oid, one.value)));
    }

    /// Whether the agent has that object.
    pub(super) fn has(&self, object: &[u32]) -> bool {
        self.value(object).is_some()
    }

    /// Its number, whatever kind of number it is.
    pub(super) fn number(&self, object: &[u32]) -> Result<Option<i64>, UpsFailure> {
        self.value(object).map(number).transpose()
    }

    /// A share of a hundred; more is a hundred, as some cards tell of an overload.
    pub(super) fn percent(&self, object: &[u32]) -> Result<Option<u8>, UpsFailure> {
        let limited = |share: i64| u8::try_from(share.clamp(0, i64::from(u8::MAX))).ok();
        Ok(self.number(object)?.filter(|share| *share >= 0).and_then(limited))
    }

    /// A time, of which one step is so many milliseconds; a negative one is none.
    pub(super) fn time(&self, object: &[u32], step: u64) -> Result<Option<Millis>, UpsFailure> {
        let millis = |steps: i64| {
            let steps = u64::try_from(steps).ok()?;
            Some(Millis::new(u32::try_from(steps.saturating_mul(step)).unwrap_or(u32::MAX)))
        };
        Ok(self.number(object)?.and_then(millis))
    }

    /// The name of another object.
    pub(super) fn object(&self, object: &[u32]) -> Result<Option<&[u32]>, UpsFailure> {
        match self.value(object) {
            None => Ok(None),
            Some(Value::ObjectIdentifier(other)) => Ok(Some(other.arcs())),
            Some(_) => Err(UpsFailure::Garbled),
        }
    }

    /// Text.
    pub(super) fn text(&self, object: &[u32]) -> Result<Option<&[u8]>, UpsFailure> {
        match self.value(object) {
            None => Ok(None),
            Some(Value::OctetString(text)) => Ok(Some(text)),
            Some(_) => Err(UpsFailure::Garbled),
        }
    }

    fn value(&self, object: &[u32]) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name.arcs() == object).map(|(_, value)| value)
    }
}

fn number(value: &Value) -> Result<i64, UpsFailure> {
    match value {
        Value::Integer(number) => Ok(i64::from(*number)),
        Value::Gauge32(number) | Value::UInteger32(number) | Value::Counter32(number) => {
            Ok(i64::from(*number))
        }
        Value::TimeTicks(number) => Ok(i64::from(*number)),
        _ => Err(UpsFailure::Garbled),
    }
}
