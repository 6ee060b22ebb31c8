//! The services as they run: processes, sockets, disks, and BMCs that end whole hosts.

mod manager;
mod site;
mod takeover;
mod units;
