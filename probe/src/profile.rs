//! Who to be with a BMC.

use core::hint::black_box;

use komainu_core::secret::KeyId;
use komainu_core::session::{Profile, Suites, UserName};
use komainu_core::suite::Suite;
use komainu_core::wire::command::session::AuthType;

/// By numbers that the optimiser does not know: every suite and both versions of IPMI stay.
pub fn profile() -> Profile {
    let user = UserName::new(black_box("admin")).unwrap_or_default();
    let mut profile = Profile::new(user, Some(KeyId(0)));
    let ids = black_box(Suite::IDS);
    profile.suites = ids.get(4..).and_then(Suites::new).unwrap_or_default();
    profile.auth_types = profile.auth_types.with(AuthType::None);
    profile
}
