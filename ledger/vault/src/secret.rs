//! Secret bytes, and the one cipher they are used with.

use std::fmt;

use chacha20poly1305::{AeadInOut as _, KeyInit as _, XChaCha20Poly1305};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::random::{NoRandomness, Random};

/// Length of a nonce in bytes: long enough to be drawn at random for ever.
pub(crate) const NONCE_LEN: usize = 24;

/// Length in bytes of what the cipher adds.
pub(crate) const TAG_LEN: usize = 16;

/// A key of 32 bytes. It stays at one place on the heap, so that moving it leaves no copy behind; it is wiped when
/// dropped, cannot be cloned and shows nothing.
pub(crate) struct Secret(Box<[u8; 32]>);

impl Secret {
    /// Takes its bytes from `write`, which fills them in place.
    pub(crate) fn filled<E>(write: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
        let mut secret = Self(Box::new([0; 32]));
        write(&mut secret.0)?;
        Ok(secret)
    }

    /// A new key.
    pub(crate) fn random(random: &dyn Random) -> Result<Self, NoRandomness> {
        Self::filled(|bytes| random.fill(bytes))
    }

    /// The bytes. Whoever copies them wipes the copy.
    pub(crate) const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Zeroize for Secret {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

/// The cipher refused: another key, nonce or associated data, a damaged byte, or an absurd length. It does not know which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Encrypts `bytes` in place. A nonce is used once with a key.
pub(crate) fn seal(
    key: &Secret,
    nonce: &[u8; NONCE_LEN],
    associated: &[u8],
    bytes: &mut [u8],
) -> Result<[u8; TAG_LEN], Refused> {
    XChaCha20Poly1305::new(key.expose().into())
        .encrypt_inout_detached(nonce.into(), associated, bytes.into())
        .map(Into::into)
        .map_err(|chacha20poly1305::Error| Refused)
}

/// Decrypts `bytes` in place, unless something is not as it was sealed: then they stay as they are.
pub(crate) fn open(
    key: &Secret,
    nonce: &[u8; NONCE_LEN],
    associated: &[u8],
    bytes: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> Result<(), Refused> {
    XChaCha20Poly1305::new(key.expose().into())
        .decrypt_inout_detached(nonce.into(), associated, bytes.into(), tag.into())
        .map_err(|chacha20poly1305::Error| Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_wiped_when_dropped_and_shows_nothing() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        let mut secret = Secret::filled(|bytes| {
            bytes.fill(7);
            Ok::<_, Refused>(())
        })
        .unwrap();
        wiped(&secret);
        assert_eq!(secret.expose(), &[7; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(not shown)");
        // What Drop calls; freed memory cannot be looked at without unsafe code.
        secret.zeroize();
        assert_eq!(secret.expose(), &[0; 32]);
    }

    /// Section A.3.1 of draft-irtf-cfrg-xchacha-03.
    #[test]
    fn the_cipher_is_xchacha20_poly1305() {
        let key = Secret::filled(|bytes| {
            for (at, byte) in bytes.iter_mut().enumerate() {
                *byte = 0x80 + at as u8;
            }
            Ok::<_, Refused>(())
        })
        .unwrap();
        let mut nonce = [0; NONCE_LEN];
        for (at, byte) in nonce.iter_mut().enumerate() {
            *byte = 0x40 + at as u8;
        }
        let associated = hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap();
        let plaintext =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
            future, sunscreen would be it.";
        let mut bytes = plaintext.to_vec();
        let tag = seal(&key, &nonce, &associated, &mut bytes).unwrap();
        assert_eq!(
            hex::encode(&bytes[..16]),
            "bd6d179d3e83d43b9576579493c0e939"
        );
        assert_eq!(hex::encode(tag), "c0875924c1c7987947deafd8780acf49");
        open(&key, &nonce, &associated, &mut bytes, &tag).unwrap();
        assert_eq!(bytes, plaintext);
    }
}
