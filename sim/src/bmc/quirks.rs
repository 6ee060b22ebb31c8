//! The deviations of real machines, each a switch.
//!
//! Sources: `FreeIPMI` means the workarounds and bug notes of FreeIPMI 1.6, `ipmitool` the `-o`
//! types and source of ipmitool 1.8, `OpenIPMI` that library's hacks, `pyghmi` its comments;
//! `measured` was seen on a peer's simulated BMC; others are issue threads by project and number.

use std::str::FromStr;
use std::time::Duration;

/// The BMC's deviations from the specification; all off by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Open Session Response returns the privilege asked for, 0 for "highest".
    pub open_privilege_echo: bool,
    /// Keys are hashed with the privilege of Open Session instead of RAKP 1's role.
    pub open_privilege_keys: bool,
    /// A refusing Open Session Response has 2 bytes instead of 8.
    pub open_error_short: bool,
    /// This suite is advertised, then refused with this RMCP+ status.
    pub suite_refused: Option<(u8, u8)>,
    /// Open Session answers this suite, whatever was asked.
    pub suite_forced: Option<u8>,
    /// Get Channel Cipher Suites is not answered before a session.
    pub cipher_suites_silent: bool,
    /// Get Channel Cipher Suites lists records with wrong tag bits.
    pub cipher_suites_tags: bool,
    /// An unknown user or a wrong password is answered with silence.
    pub credentials_silent: bool,
    /// Suite 0: RAKP 4 carries a check value all the same.
    pub rakp4_unasked_code: bool,
    /// RAKP 4's check value follows the integrity algorithm.
    pub rakp4_by_integrity: bool,
    /// RAKP 4 repeated after the session is up comes inside it, sealed.
    pub rakp4_repeat_sealed: bool,
    /// A repeated RAKP 1 or RAKP 3 is refused instead of answered again.
    pub rakp_repeat_refused: bool,
    /// RAKP 2 has one byte too many.
    pub rakp2_extra_byte: bool,
    /// Keys and codes leave the name-only bit out of the role.
    pub role_without_name_bit: bool,
    /// RAKP 3's code is over the bare privilege instead of the role byte.
    pub rakp3_bare_privilege: bool,
    /// The name-only bit of RAKP 1 must be 0.
    pub name_bit_refused: bool,
    /// RAKP 2 and the SIK hash the user name padded to 16 bytes; RAKP 3 does not.
    pub name_padded: bool,
    /// The integrity algorithm is keyed with the SIK instead of K1.
    pub integrity_sik: bool,
    /// HMAC-MD5-128 is keyed with the password instead of K1.
    pub md5_128_password: bool,
    /// The constants behind K1 and K2 have 16 bytes for RAKP-HMAC-MD5 instead of 20.
    pub md5_short_constants: bool,
    /// A 20-byte password is cut to 16 for IPMI 1.5 instead of not working there.
    pub password_cut: bool,
    /// The first outbound sequence number is used twice.
    pub first_sequence_twice: bool,
    /// Answers in a 1.5 session carry their sequence number in the wrong byte order.
    pub sequence_swapped: bool,
    /// Answers in an IPMI 1.5 session carry session id 0.
    pub session_id_zero: bool,
    /// Answers in an IPMI 1.5 session carry an empty authentication code.
    pub empty_codes: bool,
    /// Per-message authentication is announced off, yet codes are sent and needed.
    pub per_message_lie: bool,
    /// The 0x80 bit of Get Channel Authentication Capabilities is refused with 0xcc.
    pub v20_bit_refused: bool,
    /// Messages carry bad checksums.
    pub bad_checksums: bool,
    /// Outbound sequence numbers skip ahead.
    pub sequence_skips: bool,
    /// Answers in a session leave this much later.
    pub late: Option<Duration>,
    /// Every answer is sent twice.
    pub twice: bool,
    /// Close Session is not answered.
    pub close_silent: bool,
    /// Power commands succeed and nothing happens.
    pub power_stuck: bool,
    /// The power state is reported this much late.
    pub status_lag: Option<Duration>,
    /// Power cycle while off switches on instead of 0xd5.
    pub cycle_on: bool,
    /// The first commands in sessions are answered 0xc0 node busy.
    pub busy: u32,
    /// Nothing is heard nor said for this long after a power action.
    pub silent_after_power: Option<Duration>,
    /// A power action is carried out but not answered.
    pub power_unanswered: bool,
    /// No ASF presence pong.
    pub no_asf: bool,
    /// Soft shutdown is refused with 0xcc.
    pub no_soft: bool,
    /// The diagnostic interrupt is refused with 0xcc.
    pub no_diag: bool,
    /// A half-open session holds its slot until it times out.
    pub half_open_held: bool,
    /// The user's privilege limit is not enforced in RMCP+ sessions.
    pub limit_ignored: bool,
}

/// How a quirk is switched on.
#[derive(Clone, Copy)]
enum Switch {
    Flag(fn(&mut Quirks) -> &mut bool),
    Time(fn(&mut Quirks) -> &mut Option<Duration>),
    Count(fn(&mut Quirks) -> &mut u32),
    Suite(fn(&mut Quirks) -> &mut Option<u8>),
    SuiteStatus(fn(&mut Quirks) -> &mut Option<(u8, u8)>),
}

/// A quirk as the command line names it.
#[derive(Clone, Copy)]
pub struct Named {
    /// Its name, with the form of its value where it has one.
    pub name: &'static str,
    /// One line of description.
    pub about: &'static str,
    /// Where it was seen, and by whom.
    pub source: &'static str,
    switch: Switch,
}

macro_rules! quirks {
    ($($name:literal $kind:ident $field:ident $about:literal $source:literal;)*) => {
        /// Every quirk, in the order of an exchange.
        pub const CATALOGUE: &[Named] = &[$(Named {
            name: $name,
            about: $about,
            source: $source,
            switch: Switch::$kind(|quirks| &mut quirks.$field),
        }),*];
    };
}

quirks! {
    "open-privilege-echo" Flag open_privilege_echo
        "Open Session Response returns the privilege asked, 0 for highest"
        "Intel SE7520AF2; FreeIPMI opensesspriv; measured";
    "open-privilege-keys" Flag open_privilege_keys
        "keys are hashed with Open Session's privilege, not RAKP 1's role"
        "Sun Fire X4150, Supermicro X8DTH, Dell C5220; FreeIPMI opensesspriv, sun20";
    "open-error-short" Flag open_error_short
        "a refusing Open Session Response has 2 bytes, not 8"
        "measured on ipmi_sim";
    "suite-refused=SUITE:STATUS" SuiteStatus suite_refused
        "the suite is advertised, then refused with this status (17:0x04)"
        "Intel S2600JF, ipmitool#363, Supermicro X8DTG; FreeIPMI";
    "suite-forced=SUITE" Suite suite_forced
        "Open Session answers this suite, whatever was asked"
        "measured on pyghmi's BMC and virtualbmc";
    "cipher-suites-silent" Flag cipher_suites_silent
        "Get Channel Cipher Suites is not answered before a session"
        "ipmitool#199; measured on ipmi_sim";
    "cipher-suites-tags" Flag cipher_suites_tags
        "cipher suite records carry wrong tag bits"
        "Sun Fire 4100; FreeIPMI sun20";
    "credentials-silent" Flag credentials_silent
        "a bad name or password is answered with silence"
        "measured on pyghmi's BMC";
    "rakp4-unasked-code" Flag rakp4_unasked_code
        "suite 0: RAKP 4 has a check value all the same"
        "Supermicro X8DTG, Intel S5500WBV; FreeIPMI integritycheckvalue";
    "rakp4-by-integrity" Flag rakp4_by_integrity
        "RAKP 4's check value follows the integrity algorithm"
        "Intel SE7520AF2; ipmitool intelplus, FreeIPMI intel20";
    "rakp4-repeat-sealed" Flag rakp4_repeat_sealed
        "RAKP 4 again, once the session is up, comes sealed inside it"
        "measured on ipmi_sim";
    "rakp-repeat-refused" Flag rakp_repeat_refused
        "a repeated RAKP 1 gets status 0x02, a repeated RAKP 3 0x0f"
        "Supermicro X10DRW, ipmitool#154; pyghmi";
    "rakp2-extra-byte" Flag rakp2_extra_byte
        "RAKP 2 has one byte too many"
        "Supermicro H8QME (Peppercon); FreeIPMI supermicro20";
    "role-without-name-bit" Flag role_without_name_bit
        "keys and codes leave the name-only bit out of the role"
        "Intel 82571 pass-through; ipmitool i82571spt";
    "rakp3-bare-privilege" Flag rakp3_bare_privilege
        "RAKP 3's code is over the bare privilege, not the role byte"
        "Intel; ipmitool intelplus, OpenIPMI rakp3_wrong_rolem";
    "name-bit-refused" Flag name_bit_refused
        "the name-only bit of RAKP 1 must be 0"
        "Intel SE7520AF2; FreeIPMI intel20, OpenIPMI -Rl";
    "name-padded" Flag name_padded
        "RAKP 2 and the SIK pad the user name to 16 bytes, RAKP 3 does not"
        "Intel SE7520AF2; FreeIPMI intel20";
    "integrity-sik" Flag integrity_sik
        "the integrity algorithm is keyed with the SIK, not K1"
        "OpenIPMI rmcpp_integ_sik";
    "md5-128-password" Flag md5_128_password
        "HMAC-MD5-128 is keyed with the password, not K1"
        "measured on ipmi_sim";
    "md5-short-constants" Flag md5_short_constants
        "the constants behind K1 and K2 have 16 bytes for HMAC-MD5"
        "measured on ipmi_sim";
    "password-cut" Flag password_cut
        "20-byte passwords are cut to 16 for IPMI 1.5"
        "Supermicro X8DTG-D; FreeIPMI";
    "first-sequence-twice" Flag first_sequence_twice
        "the first outbound sequence number is used twice"
        "Intel SE7520JR2; FreeIPMI; measured on ipmi_sim";
    "sequence-swapped" Flag sequence_swapped
        "1.5 answers carry their sequence number in the wrong byte order"
        "Sun ILOM 1.0 and 2.0; FreeIPMI endianseq";
    "session-id-zero" Flag session_id_zero
        "1.5 answers carry session id 0"
        "Tyan S2882; FreeIPMI idzero";
    "empty-codes" Flag empty_codes
        "1.5 answers carry an empty authentication code"
        "Xyratex HB-F8-SRAY, Intel and Quanta Windmill; FreeIPMI noauthcodecheck";
    "per-message-lie" Flag per_message_lie
        "per-message authentication is announced off, yet codes are needed"
        "IBM eServer 325, Dell PowerEdge 2850; FreeIPMI forcepermsg, unexpectedauth";
    "v20-bit-refused" Flag v20_bit_refused
        "authentication capabilities with the 2.0 bit are refused with 0xcc"
        "IPMI 1.5 BMCs; pyghmi";
    "bad-checksums" Flag bad_checksums
        "messages carry bad checksums"
        "Supermicro X9SCM, X9DRi, X9DRFR; FreeIPMI nochecksumcheck";
    "sequence-skips" Flag sequence_skips
        "outbound sequence numbers skip ahead"
        "ASRock MT-C224 (shared port); FreeIPMI";
    "late=MS" Time late
        "answers in a session leave this much later"
        "OpenBMC at power-on, any loaded BMC; measured on ipmi_sim";
    "twice" Flag twice
        "every answer is sent twice"
        "measured on ipmi_sim with a slow script";
    "close-silent" Flag close_silent
        "Close Session is not answered"
        "Intel SR870BN4, Cisco IMC; FreeIPMI, ipmitool#213";
    "power-stuck" Flag power_stuck
        "power commands succeed and nothing happens"
        "stuck BMCs; measured";
    "status-lag=MS" Time status_lag
        "the power state is reported this much late"
        "fence-agents#68, metal3 baremetal-operator#290, teuthology#1498";
    "cycle-on" Flag cycle_on
        "power cycle while off switches on, instead of 0xd5"
        "allowed by the specification; fence-agents#596";
    "busy=COUNT" Count busy
        "the first commands in sessions are answered 0xc0 node busy"
        "the specification's code; loaded BMCs";
    "silent-after-power=MS" Time silent_after_power
        "nothing is heard nor said for this long after a power action"
        "shared ports; pyghmi, openbmc#1812";
    "power-unanswered" Flag power_unanswered
        "a power action is carried out but not answered"
        "a reset that cuts the BMC's own shared port; pyghmi";
    "no-asf" Flag no_asf
        "no ASF presence pong"
        "Windmill boards; FreeIPMI ipmiping, ipmitool";
    "no-soft" Flag no_soft
        "soft shutdown is refused with 0xcc"
        "many; measured on ipmi_sim";
    "no-diag" Flag no_diag
        "the diagnostic interrupt is refused with 0xcc"
        "many; measured on ipmi_sim";
    "half-open-held" Flag half_open_held
        "a half-open session holds its slot until it times out"
        "Cisco IMC, openbmc#1241, ipmitool#213";
    "limit-ignored" Flag limit_ignored
        "a user's privilege limit is not enforced in 2.0 sessions"
        "measured on ipmi_sim";
}

/// Why a quirk could not be switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuirkError {
    /// No quirk has this name; `list` prints those there are.
    Unknown(String),
    /// The quirk wants a value of the form after its `=`.
    Value(&'static str),
}

impl std::fmt::Display for QuirkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "no quirk is called '{name}'; 'list' prints them all"),
            Self::Value(form) => write!(f, "this quirk is given as {form}"),
        }
    }
}

impl std::error::Error for QuirkError {}

impl Quirks {
    /// Switches on the quirk written as in [`CATALOGUE`], for example `twice` or `late=200`.
    ///
    /// # Errors
    /// When there is no such quirk, or its value is missing or malformed.
    pub fn switch_on(&mut self, text: &str) -> Result<(), QuirkError> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let named = CATALOGUE
            .iter()
            .find(|named| named.name.split('=').next() == Some(name))
            .ok_or_else(|| QuirkError::Unknown(name.to_owned()))?;
        self.apply(named.switch, value).ok_or(QuirkError::Value(named.name))
    }

    fn apply(&mut self, switch: Switch, value: &str) -> Option<()> {
        match switch {
            Switch::Flag(field) => *field(self) = value.is_empty().then_some(true)?,
            Switch::Time(field) => {
                *field(self) = Some(Duration::from_millis(value.parse().ok()?));
            }
            Switch::Count(field) => *field(self) = value.parse().ok()?,
            Switch::Suite(field) => *field(self) = Some(number(value)?),
            Switch::SuiteStatus(field) => {
                let (suite, status) = value.split_once(':')?;
                *field(self) = Some((number(suite)?, number(status)?));
            }
        }
        Some(())
    }
}

impl FromStr for Quirks {
    type Err = QuirkError;

    /// Quirks separated by commas.
    fn from_str(text: &str) -> Result<Self, QuirkError> {
        let mut quirks = Self::default();
        text.split(',').filter(|part| !part.is_empty()).try_for_each(|p| quirks.switch_on(p))?;
        Ok(quirks)
    }
}

fn number(text: &str) -> Option<u8> {
    match text.strip_prefix("0x") {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_of_the_catalogue_switches_something_on() {
        for named in CATALOGUE {
            let mut quirks = Quirks::default();
            let value = match named.switch {
                Switch::Flag(_) => "",
                Switch::Time(_) | Switch::Count(_) | Switch::Suite(_) => "=3",
                Switch::SuiteStatus(_) => "=17:0x04",
            };
            let name = named.name.split('=').next().unwrap();
            quirks.switch_on(&format!("{name}{value}")).unwrap();
            assert_ne!(quirks, Quirks::default(), "{name}");
        }
    }

    #[test]
    fn wrong_names_and_values_are_refused() {
        let mut quirks = Quirks::default();
        assert_eq!(quirks.switch_on("nope"), Err(QuirkError::Unknown("nope".into())));
        assert_eq!(quirks.switch_on("late"), Err(QuirkError::Value("late=MS")));
        assert_eq!(quirks.switch_on("twice=2"), Err(QuirkError::Value("twice")));
        assert_eq!(quirks, Quirks::default());
        assert_eq!("twice,busy=3".parse::<Quirks>().unwrap().busy, 3);
    }
}
