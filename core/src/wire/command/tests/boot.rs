//! Boot options.

use core::marker::PhantomData;

use super::super::Command;
use super::super::boot::*;
use super::super::boot_flags::*;
use super::super::parameter::SetInProgress;
use super::{answers_survive_emission, assert_answer, assert_request, written};
use crate::wire::Malformed;

answers_survive_emission! {
    set_in_progress: BehindSelector<SetInProgress>;
    flag_clearing: BehindSelector<BootFlagClearing>;
    acknowledge: BehindSelector<BootInfoAcknowledge>;
    flags: BehindSelector<BootFlags>;
    flags_of_any_selector: GetSystemBootOption<BootFlags>;
}

/// Answers with the right selector, which arbitrary bytes seldom have.
struct BehindSelector<P>(PhantomData<P>);

impl<P: BootOption> BehindSelector<P> {
    fn parse(data: &[u8]) -> Result<BootOptionReading<P>, Malformed> {
        let mut bytes: super::Bytes = data.iter().copied().collect();
        if let Some(selector) = bytes.get_mut(1) {
            *selector = *selector & 0x80 | P::SELECTOR;
        }
        GetSystemBootOption::<P>::parse(&bytes)
    }
}

#[test]
fn choosing_a_boot_device_as_ipmitool_does() {
    // Sent by ipmitool: "bootdev pxe" and "bootdev bios options=persistent,efiboot".
    let begin = SetSystemBootOption(SetInProgress::InProgress);
    assert_request(&begin, 0x00, 0x08, &[0x00, 0x01]);
    let acknowledge = SetSystemBootOption(BootInfoAcknowledge::BIOS_PENDING);
    assert_request(&acknowledge, 0x00, 0x08, &[0x04, 0x01, 0x01]);
    let once = BootFlags::boot_from(BootDevice::Pxe, false, false);
    assert_request(&SetSystemBootOption(once), 0x00, 0x08, &[0x05, 0x80, 0x04, 0, 0, 0]);
    let always = BootFlags::boot_from(BootDevice::BiosSetup, true, true);
    assert_request(&SetSystemBootOption(always), 0x00, 0x08, &[0x05, 0xe0, 0x18, 0, 0, 0]);
    let end = SetSystemBootOption(SetInProgress::Complete);
    assert_request(&end, 0x00, 0x08, &[0x00, 0x00]);
}

#[test]
fn boot_flags_are_read() {
    // Sent by ipmi_sim, and read by ipmitool as: invalid, next boot, legacy, hard drive.
    let get = GetSystemBootOption::<BootFlags>::new();
    assert_request(&get, 0x00, 0x09, &[0x05, 0x00, 0x00]);
    let flags = BootFlags { device: BootDevice::Disk, ..BootFlags::CLEARED };
    let reading = BootOptionReading { version: 1, invalid: false, value: flags };
    let bytes = [0x01, 0x05, 0x00, 0x08, 0x00, 0x00, 0x00];
    assert_answer!(GetSystemBootOption<BootFlags>, bytes, reading);
    let locked = BootOptionReading { invalid: true, ..reading };
    let bytes = [0x01, 0x85, 0x00, 0x08, 0x00, 0x00, 0x00];
    assert_answer!(GetSystemBootOption<BootFlags>, bytes, locked);
    assert!(GetSystemBootOption::<BootFlags>::parse(&bytes[..6]).is_err());
    assert!(GetSystemBootOption::<BootFlags>::parse(&[0x01, 0x04, 0, 0, 0, 0, 0]).is_err());
    assert!(GetSystemBootOption::<BootFlags>::parse(&[0x01]).is_err());
}

#[test]
fn boot_flag_bits_are_those_of_table_28_14() {
    let none = BootFlags::CLEARED;
    let cases = [
        ([0x80, 0, 0, 0, 0], BootFlags { valid: true, ..none }),
        ([0x40, 0, 0, 0, 0], BootFlags { persistent: true, ..none }),
        ([0x20, 0, 0, 0, 0], BootFlags { efi: true, ..none }),
        ([0, 0x80, 0, 0, 0], BootFlags { clear_cmos: true, ..none }),
        ([0, 0x40, 0, 0, 0], BootFlags { lock_keyboard: true, ..none }),
        ([0, 0x14, 0, 0, 0], BootFlags { device: BootDevice::Cd, ..none }),
        ([0, 0x20, 0, 0, 0], BootFlags { device: BootDevice::RemoteCd, ..none }),
        ([0, 0x3c, 0, 0, 0], BootFlags { device: BootDevice::Floppy, ..none }),
        ([0, 0x28, 0, 0, 0], BootFlags { device: BootDevice::Other(0x0a), ..none }),
        ([0, 0x02, 0, 0, 0], BootFlags { blank_screen: true, ..none }),
        ([0, 0x01, 0, 0, 0], BootFlags { lock_reset_button: true, ..none }),
        ([0, 0, 0x80, 0, 0], BootFlags { lock_power_button: true, ..none }),
        ([0, 0, 0x40, 0, 0], BootFlags { verbosity: FirmwareVerbosity::Verbose, ..none }),
        ([0, 0, 0x10, 0, 0], BootFlags { force_progress_traps: true, ..none }),
        ([0, 0, 0x08, 0, 0], BootFlags { bypass_user_password: true, ..none }),
        ([0, 0, 0x04, 0, 0], BootFlags { lock_sleep_button: true, ..none }),
        ([0, 0, 0x02, 0, 0], BootFlags { console: ConsoleRedirection::Enabled, ..none }),
        ([0, 0, 0, 0x08, 0], BootFlags { shared_serial: true, ..none }),
        ([0, 0, 0, 0x02, 0], BootFlags { serial_mux: 2, ..none }),
        ([0, 0, 0, 0, 0x11], BootFlags { instance: 0x11, ..none }),
    ];
    for ([a, b, c, d, e], value) in cases {
        let reading = BootOptionReading { version: 1, invalid: false, value };
        assert_answer!(GetSystemBootOption<BootFlags>, [1, 5, a, b, c, d, e], reading);
    }
}

#[test]
fn clearing_and_acknowledge_bits_are_those_of_table_28_14() {
    let keep = BootFlagClearing { keep_on_timeout: true, ..BootFlagClearing::default() };
    assert_request(&SetSystemBootOption(keep), 0x00, 0x08, &[0x03, 0x08]);
    let keep = BootFlagClearing { keep_on_pef: true, keep_on_power_button: true, ..keep };
    let reading = BootOptionReading { version: 1, invalid: false, value: keep };
    assert_answer!(GetSystemBootOption<BootFlagClearing>, [0x01, 0x03, 0x19], reading);
    let value = BootInfoAcknowledge {
        written: BootParties::default(),
        pending: BootParties { os_loader: true, oem: true, ..BootParties::default() },
    };
    let reading = BootOptionReading { version: 1, invalid: false, value };
    assert_answer!(GetSystemBootOption<BootInfoAcknowledge>, [0x01, 0x04, 0x00, 0x12], reading);
}
