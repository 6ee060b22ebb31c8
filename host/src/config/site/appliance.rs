//! Reads what is said of a connector that is an appliance.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use komainu_core::block::{Addressing, Network};

use crate::config::finding::Notes;
use crate::config::reader::{Found, Marks, Reader};
use crate::config::secret::Secret;
use crate::config::table::appliance;

/// A connector that is an appliance.
#[derive(Debug)]
pub(crate) struct Appliance {
    /// Its own address.
    pub(crate) network: Network,
    /// UDP port on which it is asked how it is.
    pub(crate) status_port: u16,
    /// The key of who may ask.
    pub(crate) status_key: Option<Secret>,
    /// Where its fields stand.
    pub(crate) marks: Marks,
}

/// Reads the table.
pub(super) fn read<'r>(notes: &'r Notes<'r>, found: Found<'r>, folder: &Path) -> Option<Appliance> {
    let mut reader = Reader::new(notes, &appliance::APPLIANCE, found);
    let address = reader.get(&appliance::ADDRESS);
    let gateway = gateway(notes, &mut reader);
    let mac = reader.get(&appliance::MAC);
    let status_port = reader.get(&appliance::STATUS_PORT);
    let fields = (&appliance::KEY_FILE, &appliance::KEY_ENV, &appliance::KEY_CREDENTIAL);
    let status_key = Secret::optional(&mut reader, notes, fields, folder);
    let addressing = match (address?, gateway) {
        (Addressing::Static { address, prefix, .. }, gateway) => {
            let fixed = Addressing::fixed(address, prefix, gateway);
            if fixed.is_none() {
                let (place, path) = reader.stands(&appliance::GATEWAY);
                let text = "is no other host of the appliance's network";
                notes.wrong(place, &path, text, "correct it, or the prefix of 'address'");
            }
            fixed?
        }
        (Addressing::Dhcp, None) => Addressing::Dhcp,
        (Addressing::Dhcp, Some(_)) => {
            let (place, path) = reader.stands(&appliance::GATEWAY);
            let text = "is asked for, together with the address";
            notes.wrong(place, &path, text, "take it out, or write 'address' down");
            return None;
        }
    };
    let (marks, _) = reader.finish();
    let network = Network { mac, addressing };
    Some(Appliance { network, status_port: status_port?, status_key, marks })
}

fn gateway(notes: &Notes<'_>, reader: &mut Reader<'_>) -> Option<Ipv4Addr> {
    let gateway = reader.get(&appliance::GATEWAY)?;
    match (gateway.ip, gateway.port) {
        (IpAddr::V4(ip), None) => Some(ip),
        (IpAddr::V4(_), Some(_)) | (IpAddr::V6(_), _) => {
            let (place, path) = reader.stands(&appliance::GATEWAY);
            notes.wrong(place, &path, "is no plain address of IPv4", "write \"192.0.2.1\"");
            None
        }
    }
}
