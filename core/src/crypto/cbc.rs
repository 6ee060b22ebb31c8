//! AES-CBC-128 in place (IPMI 2.0, section 13.29). Padding is the session's business.

use aes::Aes128;
use cbc::cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

/// Size of a block, of the key and of the initialization vector, in bytes.
pub const AES_BLOCK: usize = 16;

/// Encrypts the whole blocks of `data` in place.
pub fn encrypt_cbc(key: &[u8; AES_BLOCK], iv: &[u8; AES_BLOCK], data: &mut [u8]) {
    let mut cipher = cbc::Encryptor::<Aes128>::new(key.into(), iv.into());
    for block in data.as_chunks_mut::<AES_BLOCK>().0 {
        cipher.encrypt_block(<&mut Block<Aes128>>::from(block));
    }
}

/// Decrypts the whole blocks of `data` in place.
pub fn decrypt_cbc(key: &[u8; AES_BLOCK], iv: &[u8; AES_BLOCK], data: &mut [u8]) {
    let mut cipher = cbc::Decryptor::<Aes128>::new(key.into(), iv.into());
    for block in data.as_chunks_mut::<AES_BLOCK>().0 {
        cipher.decrypt_block(<&mut Block<Aes128>>::from(block));
    }
}
