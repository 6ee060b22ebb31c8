//! Datagrams that are not what they should be.

use komainu_sim::rng::Rng;

/// Bits of the RMCP header that nobody reads: its reserved byte and its sequence number. They lie
/// outside every code, so a datagram that differs in them alone is the same datagram.
const UNREAD: [usize; 2] = [1, 2];
/// Where the authentication type of IPMI 1.5 is, and its reserved bits, outside the code as well.
const AUTH_TYPE_AT: usize = 4;
const AUTH_TYPE_RESERVED: u8 = 0xf0;
/// What that byte is for IPMI 2.0, where it lies inside the code.
const RMCP_PLUS: u8 = 0x06;

/// Every proper prefix.
pub(crate) fn prefixes(datagram: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..datagram.len()).map(|len| datagram[..len].to_vec())
}

/// Every change of one bit that matters.
pub(crate) fn flips(datagram: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let v15 = datagram.get(AUTH_TYPE_AT).is_some_and(|kind| *kind != RMCP_PLUS);
    let reserved = move |at, mask| v15 && at == AUTH_TYPE_AT && mask & AUTH_TYPE_RESERVED != 0;
    let bits = (0..datagram.len()).flat_map(|at| (0..8).map(move |bit| (at, 1u8 << bit)));
    bits.filter(move |(at, mask)| !UNREAD.contains(at) && !reserved(*at, *mask)).map(
        move |(at, mask)| {
            let mut flipped = datagram.to_vec();
            flipped[at] ^= mask;
            flipped
        },
    )
}

/// Whether two datagrams differ at most in what nobody reads: those bits, and bytes behind a
/// packet of IPMI 1.5.
pub(crate) fn is_same(good: &[u8], bytes: &[u8]) -> bool {
    let (Some((good, good_rest)), Some((ours, rest))) = (
        good.get(UNREAD[1] + 1..).and_then(|good| good.split_first_chunk::<2>()),
        bytes.get(UNREAD[1] + 1..).and_then(|bytes| bytes.split_first_chunk::<2>()),
    ) else {
        return false;
    };
    match good {
        [class, RMCP_PLUS] => ours == &[*class, RMCP_PLUS] && good_rest == rest,
        [class, kind] => {
            let same = [ours[0], ours[1] & !AUTH_TYPE_RESERVED] == [*class, *kind];
            same && rest.starts_with(good_rest)
        }
    }
}

/// A datagram of chance, or a good one with a few bytes changed, cut or doubled.
pub(crate) fn random(rng: &mut Rng, good: &[&[u8]]) -> Vec<u8> {
    if good.is_empty() || rng.below(4) == 0 {
        let mut bytes = vec![0; rng.below(300) as usize];
        rng.fill(&mut bytes);
        // As a rule it gets past the RMCP header.
        if bytes.len() > 5 && rng.below(4) != 0 {
            bytes[..4].copy_from_slice(&[6, 0, 0xff, 7]);
            bytes[4] = [0, 1, 2, 4, RMCP_PLUS, RMCP_PLUS][rng.below(6) as usize];
        }
        return bytes;
    }
    let mut bytes = good[rng.below(good.len() as u64) as usize].to_vec();
    for _ in 0..=rng.below(4) {
        let at = rng.below(bytes.len() as u64) as usize;
        match rng.below(5) {
            0 => bytes.truncate(at.max(1)),
            1 => bytes.insert(at, rng.next_u64() as u8),
            // Behind the RMCP header, so that the change matters.
            _ => {
                let at = at.max(AUTH_TYPE_AT).min(bytes.len() - 1);
                bytes[at] ^= 1 << rng.below(8);
            }
        }
    }
    bytes
}
