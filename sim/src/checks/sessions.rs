//! Part of invariant 8: at most one session per BMC. Datagrams get lost, so a BMC may keep one
//! that its console has given up; but a console never goes back to one that it has left.

use std::collections::BTreeMap;

/// Length of an RMCP header.
const RMCP: usize = 4;
/// The authentication type that stands for the format of IPMI 2.0.
const FORMAT_20: u8 = 6;

/// The sessions that each connector has spoken in, by connector and BMC.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    spoken_in: BTreeMap<(usize, usize), (u32, Vec<u32>)>,
}

impl Sessions {
    /// A connector, in its `start`th life, sends to a BMC.
    pub fn say(&mut self, by: (usize, u32), bmc: usize, datagram: &[u8]) -> Result<(), String> {
        let (connector, start) = by;
        let Some(id) = session_id(datagram).filter(|id| *id != 0) else { return Ok(()) };
        let (life, spoken_in) = self.spoken_in.entry((connector, bmc)).or_default();
        if *life != start {
            *life = start;
            spoken_in.clear();
        }
        if spoken_in.last() == Some(&id) {
            return Ok(());
        }
        if spoken_in.contains(&id) {
            return Err(format!("connector {connector} is back in session {id:#x}"));
        }
        spoken_in.push(id);
        Ok(())
    }
}

/// The id of the session that a datagram belongs to (IPMI 2.0 table 13-8).
fn session_id(datagram: &[u8]) -> Option<u32> {
    let at = if *datagram.get(RMCP)? == FORMAT_20 { RMCP + 2 } else { RMCP + 5 };
    datagram.get(at..)?.first_chunk().map(|id| u32::from_le_bytes(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_goes_back_to_a_session() {
        let mut sessions = Sessions::default();
        let v20 = |id: u8| [6, 0, 0xff, 7, FORMAT_20, 0, id, 0, 0, 0, 9, 9];
        let v15 = |id: u8| [6, 0, 0xff, 7, 2, 9, 9, 9, 9, id, 0, 0, 0, 9];
        for id in [0, 3, 0, 3, 4] {
            sessions.say((0, 1), 0, &v20(id)).unwrap();
        }
        sessions.say((0, 1), 0, &v15(5)).unwrap();
        sessions.say((0, 1), 1, &v20(3)).unwrap();
        assert!(sessions.say((0, 1), 0, &v20(3)).is_err());
        sessions.say((0, 2), 0, &v20(3)).unwrap();
    }
}
