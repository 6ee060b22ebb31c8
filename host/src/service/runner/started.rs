//! What was started on this machine, for services that cannot be asked.

use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Verb;

/// How far a service is, by what was run for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    Starting,
    Started,
    Stopping,
    Stopped,
}

impl Stage {
    /// What holds while that command runs.
    pub(super) const fn before(verb: Verb) -> Option<Self> {
        match verb {
            Verb::Start => Some(Self::Starting),
            Verb::Stop => Some(Self::Stopping),
            Verb::Check => None,
        }
    }

    /// What holds when it has succeeded.
    pub(super) const fn after(verb: Verb) -> Option<Self> {
        match verb {
            Verb::Start => Some(Self::Started),
            Verb::Stop => Some(Self::Stopped),
            Verb::Check => None,
        }
    }
}

/// The note about one service.
#[derive(Serialize, Deserialize)]
struct Note {
    /// The start of the machine in which it was made; nothing outlives that.
    boot: String,
    stage: Stage,
    /// The process group of the start command.
    leader: Option<u32>,
    /// Something of that group was still there when the command had ended: it is the service.
    stays: bool,
}

/// The file with the note. It need not outlive the machine, so it is not brought to the disk.
pub(super) struct Started {
    path: PathBuf,
    boot: String,
}

impl Started {
    pub(super) fn of(path: PathBuf, boot: &str) -> Self {
        Self { path, boot: boot.to_owned() }
    }

    /// Notes how far the service is. `leader` is the command that is run.
    pub(super) fn note(&self, stage: Stage, leader: Option<u32>, stays: bool) -> io::Result<()> {
        let before = self.read();
        let (leader, stays) = match stage {
            Stage::Starting => (leader, false),
            Stage::Started => (leader, stays),
            // Of interest stays what was started.
            Stage::Stopping | Stage::Stopped => {
                before.map_or((None, false), |note| (note.leader, note.stays))
            }
        };
        let note = Note { boot: self.boot.clone(), stage, leader, stays };
        let next = self.path.with_extension("next");
        fs::write(&next, serde_json::to_vec(&note)?)?;
        fs::rename(&next, &self.path)
    }

    /// Whether the service runs, or may: what was begun and not ended counts as running.
    pub(super) fn runs(&self, lives: &dyn Fn(u32) -> bool) -> bool {
        let Some(note) = self.read() else { return false };
        match note.stage {
            Stage::Stopped => false,
            Stage::Starting | Stage::Stopping => true,
            Stage::Started => !note.stays || note.leader.is_none_or(lives),
        }
    }

    /// The note of this start of the machine.
    fn read(&self) -> Option<Note> {
        let bytes = fs::read(&self.path).ok()?;
        let note: Note = serde_json::from_slice(&bytes).ok()?;
        (note.boot == self.boot).then_some(note)
    }
}
