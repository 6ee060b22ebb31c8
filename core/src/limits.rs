//! Every capacity and protocol limit, and the inequalities between them.

/// Longest request data a session carries, in bytes behind the command number.
///
/// The longest typed request is a LAN or boot parameter of about 20 bytes; the rest is for raw
/// commands.
pub const MAX_REQUEST_DATA: usize = 64;

/// Longest UDP payload that is sent or accepted, in bytes.
///
/// IPMI over LAN carries at most a 255-byte message with its session header and trailer; anything
/// longer is not IPMI.
pub const MAX_DATAGRAM: usize = 384;

/// Longest user name, in bytes (IPMI 2.0, section 22.28).
pub const MAX_USER_NAME: usize = 16;

/// Longest password of IPMI 1.5, in bytes (section 22.30).
pub const MAX_PASSWORD_15: usize = 16;

/// Longest password of IPMI 2.0, in bytes (section 22.30).
pub const MAX_PASSWORD_20: usize = 20;

/// Length of the BMC key Kg, in bytes (section 13.31).
pub const KG_LEN: usize = 20;

/// Most cipher suites that a profile offers, in order of preference.
pub const MAX_SUITES: usize = 8;

const _: () = assert!(MAX_REQUEST_DATA + 96 <= MAX_DATAGRAM);
const _: () = assert!(MAX_PASSWORD_15 <= MAX_PASSWORD_20 && KG_LEN == MAX_PASSWORD_20);

/// Longest name of a host, a connector or a group on the reset path, in bytes.
pub const MAX_SYSTEM_NAME: usize = 31;

/// Longest datagram of the reset path, in bytes.
pub const MAX_RESET_DATAGRAM: usize = 512;

/// Most hosts of a cluster.
pub const MAX_HOSTS: usize = 64;

/// Most services of a host.
pub const MAX_SERVICES: usize = 48;

/// Length of a cluster's key, in bytes.
pub const CLUSTER_KEY_LEN: usize = 32;

/// Most other connectors of a cluster.
pub const MAX_CONNECTORS: usize = 4;

/// Most monitoring paths between two hosts.
pub const MAX_PATHS: usize = 4;

/// Most feeds of a server.
pub const MAX_FEEDS: usize = 4;

/// Most groups of guests that a server stops one after the other.
pub const MAX_GROUPS: usize = 4;

/// Most stages of a power plan.
pub const MAX_STAGES: usize = 8;

/// Most maintenance adapters.
pub const MAX_ADAPTERS: usize = 8;

/// Most guests of a host.
pub const MAX_GUESTS: usize = 64;

/// Most servers that an appliance guards.
pub const APPLIANCE_SERVERS: usize = 16;

/// Most clusters of an appliance.
pub const APPLIANCE_CLUSTERS: usize = 8;

/// Most UPSes of an appliance.
pub const APPLIANCE_UPSES: usize = 4;

/// Most NUT servers that an appliance reads UPSes from, each over a connection of its own.
pub const APPLIANCE_NUT_SERVERS: usize = 2;

/// Longest configuration block of an appliance, in bytes.
pub const MAX_BLOCK: usize = 8192;

/// Length of the key for looking at an appliance, in bytes.
pub const STATUS_KEY_LEN: usize = 32;
