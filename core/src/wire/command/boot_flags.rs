//! The boot flags: parameter 5 of the boot options (IPMI 2.0, table 28-14).

use super::code::{bit, bits, coded_enum};
use super::parameter::Parameter;
use crate::wire::{Full, Malformed, Writer, array, value};

coded_enum! {
    /// Where the system boots from.
    pub enum BootDevice {
        /// No override: as the BIOS is set up.
        None = 0x0, "none";
        /// Network.
        Pxe = 0x1, "PXE";
        /// First hard disk.
        Disk = 0x2, "disk";
        /// First hard disk, in safe mode.
        DiskSafeMode = 0x3, "disk in safe mode";
        /// Diagnostic partition.
        Diagnostic = 0x4, "diagnostic partition";
        /// CD or DVD.
        Cd = 0x5, "CD/DVD";
        /// Setup of the BIOS.
        BiosSetup = 0x6, "BIOS setup";
        /// Floppy or removable medium connected over the network.
        RemoteFloppy = 0x7, "remote floppy";
        /// CD or DVD connected over the network.
        RemoteCd = 0x8, "remote CD/DVD";
        /// First medium connected over the network.
        RemoteMedia = 0x9, "remote media";
        /// Hard disk connected over the network.
        RemoteDisk = 0xb, "remote disk";
        /// Floppy or first removable medium.
        Floppy = 0xf, "floppy";
    }
}

coded_enum! {
    /// How much the firmware says while it boots.
    pub enum FirmwareVerbosity {
        /// As it is set up.
        Default = 0, "default";
        /// Little.
        Quiet = 1, "quiet";
        /// Everything.
        Verbose = 2, "verbose";
    }
}

coded_enum! {
    /// Redirection of the console to a serial line.
    pub enum ConsoleRedirection {
        /// As it is set up.
        Default = 0, "default";
        /// Suppressed.
        Suppressed = 1, "suppressed";
        /// Requested.
        Enabled = 2, "enabled";
    }
}

/// Parameter 5: what the BIOS does at the next boot, or at each one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootFlags {
    /// The flags are in force. The BMC clears this when the boot is done or the flags expire.
    pub valid: bool,
    /// For every boot to come, not only the next.
    pub persistent: bool,
    /// EFI boot; without it, the legacy PC boot.
    pub efi: bool,
    /// Where to boot from.
    pub device: BootDevice,
    /// Which one of several such devices, 0 to 31; 0 leaves the choice to the BIOS.
    pub instance: u8,
    /// Clear the CMOS memory.
    pub clear_cmos: bool,
    /// Lock the keyboard.
    pub lock_keyboard: bool,
    /// Blank the screen.
    pub blank_screen: bool,
    /// Lock the reset button.
    pub lock_reset_button: bool,
    /// Lock the power button, as far as it asks for off or sleep.
    pub lock_power_button: bool,
    /// Lock the sleep button.
    pub lock_sleep_button: bool,
    /// Boot although a user password is set.
    pub bypass_user_password: bool,
    /// Send a platform event trap for each step of the boot.
    pub force_progress_traps: bool,
    /// How much the firmware says.
    pub verbosity: FirmwareVerbosity,
    /// Redirection of the console.
    pub console: ConsoleRedirection,
    /// Share the serial line between BMC and BIOS for this boot.
    pub shared_serial: bool,
    /// Who has the serial line at the end of POST, 0 to 7; 0 leaves it as recommended.
    pub serial_mux: u8,
}

impl BootFlags {
    /// Valid flags that override the boot device, and nothing else.
    pub const fn boot_from(device: BootDevice, persistent: bool, efi: bool) -> Self {
        Self { valid: true, persistent, efi, device, ..Self::CLEARED }
    }

    /// Flags that override nothing: what a BMC holds that was never told anything.
    pub const CLEARED: Self = Self {
        valid: false,
        persistent: false,
        efi: false,
        device: BootDevice::None,
        instance: 0,
        clear_cmos: false,
        lock_keyboard: false,
        blank_screen: false,
        lock_reset_button: false,
        lock_power_button: false,
        lock_sleep_button: false,
        bypass_user_password: false,
        force_progress_traps: false,
        verbosity: FirmwareVerbosity::Default,
        console: ConsoleRedirection::Default,
        shared_serial: false,
        serial_mux: 0,
    };
}

impl Parameter for BootFlags {
    const SELECTOR: u8 = 5;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(bits(&[self.efi, self.persistent, self.valid]) << 5)?;
        let device = (self.device.code() & 0x0f) << 2;
        let screen = bits(&[self.lock_reset_button, self.blank_screen]);
        out.u8(bits(&[self.lock_keyboard, self.clear_cmos]) << 6 | device | screen)?;
        let passes =
            bits(&[self.lock_sleep_button, self.bypass_user_password, self.force_progress_traps]);
        out.u8(u8::from(self.lock_power_button) << 7
            | (self.verbosity.code() & 0x03) << 5
            | passes << 2
            | self.console.code() & 0x03)?;
        out.u8(u8::from(self.shared_serial) << 3 | self.serial_mux & 0x07)?;
        out.u8(self.instance & 0x1f)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let [scope, device, control, serial, instance] = value(array(data))?;
        Ok(Self {
            valid: bit(scope, 7),
            persistent: bit(scope, 6),
            efi: bit(scope, 5),
            device: BootDevice::from_code(device >> 2 & 0x0f),
            instance: instance & 0x1f,
            clear_cmos: bit(device, 7),
            lock_keyboard: bit(device, 6),
            blank_screen: bit(device, 1),
            lock_reset_button: bit(device, 0),
            lock_power_button: bit(control, 7),
            lock_sleep_button: bit(control, 2),
            bypass_user_password: bit(control, 3),
            force_progress_traps: bit(control, 4),
            verbosity: FirmwareVerbosity::from_code(control >> 5 & 0x03),
            console: ConsoleRedirection::from_code(control & 0x03),
            shared_serial: bit(serial, 3),
            serial_mux: serial & 0x07,
        })
    }
}
