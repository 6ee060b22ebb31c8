//! `boot`: the boot device of the next start.

use komainu_core::wire::command::boot::{
    BootInfoAcknowledge, GetSystemBootOption, SetSystemBootOption,
};
use komainu_core::wire::command::boot_flags::BootFlags;
use komainu_core::wire::command::parameter::SetInProgress;
use serde::Serialize;

use crate::cli::BootSet;
use crate::engine::Bmc;
use crate::output::{Report, Text};
use crate::problem::Problem;

/// The boot device that is set.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Boot {
    /// The override is in force; otherwise the firmware boots as it is set up.
    valid: bool,
    device: String,
    persistent: bool,
    efi: bool,
}

impl Boot {
    fn of(flags: &BootFlags) -> Self {
        let BootFlags { valid, persistent, efi, device, .. } = *flags;
        Self { valid, device: device.to_string(), persistent, efi }
    }

    fn words(&self) -> String {
        if !self.valid {
            return "no override".to_owned();
        }
        let scope = if self.persistent { "every start" } else { "next start" };
        let mode = if self.efi { "EFI" } else { "legacy" };
        format!("{}, {scope}, {mode}", self.device)
    }
}

impl Report for Boot {
    fn text(&self) -> Text {
        Text::Line(self.words())
    }
}

/// The boot device that was set, and what the BMC says of it afterwards.
#[derive(Debug, Serialize)]
pub(super) struct BootWritten {
    #[serde(flatten)]
    written: Boot,
    /// What was read afterwards, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    but_reads: Option<Boot>,
}

impl Report for BootWritten {
    fn text(&self) -> Text {
        let written = self.written.words();
        Text::Line(match &self.but_reads {
            None => written,
            // Some BMCs hand the flags on and forget them, so this is no failure.
            Some(reads) => format!("{written}: accepted, but the BMC reads: {}", reads.words()),
        })
    }
}

/// Reads the boot flags.
pub(super) async fn show(bmc: Bmc<'_>) -> Result<Boot, Problem> {
    let reading = bmc.ask(&GetSystemBootOption::<BootFlags>::new()).await?;
    Ok(Boot::of(&reading.value))
}

/// Sets the boot flags, and reads them back.
pub(super) async fn set(bmc: Bmc<'_>, set: BootSet) -> Result<BootWritten, Problem> {
    // A BMC need not have this bracket, nor the acknowledgement.
    bmc.try_ask(&SetSystemBootOption(SetInProgress::InProgress)).await?;
    bmc.try_ask(&SetSystemBootOption(BootInfoAcknowledge::BIOS_PENDING)).await?;
    let flags = BootFlags::boot_from(set.device.into(), set.persistent, set.efi);
    let written = bmc.ask(&SetSystemBootOption(flags)).await;
    bmc.try_ask(&SetSystemBootOption(SetInProgress::Complete)).await?;
    written?;
    let (written, reads) = (Boot::of(&flags), show(bmc).await?);
    let but_reads = (reads != written).then_some(reads);
    Ok(BootWritten { written, but_reads })
}
