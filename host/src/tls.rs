//! TLS for what begins in the clear (STARTTLS), with a proof of who the server is.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig, SignatureScheme,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::private;

/// How a server proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// By a certificate for its name or address, signed by one of those in this file (PEM).
    Authority(PathBuf),
    /// By exactly the first certificate in this file (PEM), whatever its name, dates and signer:
    /// for servers that have signed their own.
    Certificate(PathBuf),
}

/// Why TLS cannot be set up.
#[derive(Debug)]
pub enum TlsError {
    /// A file cannot be read, or is no PEM file.
    File(PathBuf, PemError),
    /// Other users of this machine may read the key.
    Exposed(PathBuf),
    /// A file holds no certificate.
    NoCertificate(PathBuf),
    /// The name of the server is neither a host name nor an address.
    Name(String),
    /// Certificate and key do not go together, or cannot be used.
    Unfit(PathBuf, Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, PemError::Io(error)) => write!(f, "{}: {error}", path.display()),
            // The other errors may quote the file, which may hold a key.
            Self::File(path, _) => write!(f, "{} is no PEM file of that kind", path.display()),
            Self::Exposed(path) => write!(
                f,
                "other users may read {}\n  Take it from them: {}; and make a new key, for it may \
                 have been read.",
                path.display(),
                private::remedy(path)
            ),
            Self::NoCertificate(path) => write!(f, "{} holds no certificate", path.display()),
            Self::Name(name) => write!(f, "'{name}' is neither a host name nor an address"),
            Self::Unfit(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for TlsError {}

impl TlsError {
    /// The file that is of no use, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path, _)
            | Self::Exposed(path)
            | Self::NoCertificate(path)
            | Self::Unfit(path, _) => Some(path),
            Self::Name(_) => None,
        }
    }

    /// Whether the file may be on another machine, or readable to another user.
    pub(crate) fn is_elsewhere(&self) -> bool {
        use io::ErrorKind::{NotFound, PermissionDenied};
        let Self::File(_, PemError::Io(error)) = self else { return false };
        matches!(error.kind(), NotFound | PermissionDenied)
    }
}

/// The asking side: one server, and how it proves who it is.
#[derive(Clone)]
pub struct TlsClient {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl TlsClient {
    /// For the server of that name or address.
    ///
    /// # Errors
    /// When the file of certificates is of no use, or the name is none.
    pub fn new(host: &str, trust: &Trust) -> Result<Self, TlsError> {
        let named = |_| TlsError::Name(host.to_owned());
        let name = ServerName::try_from(host.to_owned()).map_err(named)?;
        let provider = Arc::new(ring::default_provider());
        let verifier = match trust {
            Trust::Authority(path) => authority(path, &provider)?,
            Trust::Certificate(path) => Arc::new(Pinned {
                certificate: certificates(path)?.swap_remove(0),
                provider: Arc::clone(&provider),
            }),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Unfit(trust.path().to_owned(), error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// Begins TLS on a connection.
    ///
    /// # Errors
    /// When the connection ends, or the server has not proved who it is; see [`is_mistrust`].
    pub async fn connect(&self, stream: TcpStream) -> io::Result<client::TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Trust {
    fn path(&self) -> &Path {
        match self {
            Self::Authority(path) | Self::Certificate(path) => path,
        }
    }
}

/// Whether it was TLS that failed, and not the connection below it.
pub fn is_mistrust(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|error| error.is::<Error>())
}

/// The answering side: who we are.
#[derive(Clone)]
pub struct TlsServer(TlsAcceptor);

impl TlsServer {
    /// With the certificates of that file, our own first, and the key of the other (both PEM).
    ///
    /// # Errors
    /// When a file is of no use, other users may read the key, or they do not go together.
    pub fn new(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain = certificates(certificate)?;
        let secret = private_key(key)?;
        let unfit = |error| TlsError::Unfit(certificate.to_owned(), error);
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .map_err(unfit)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Begins TLS on a connection.
    ///
    /// # Errors
    /// When the connection ends, or the client does not go on with it.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<server::TlsStream<TcpStream>> {
        self.0.accept(stream).await
    }
}

impl fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsServer")
    }
}

/// The key in a file that only its owner may read.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let wrong = |error| TlsError::File(path.to_owned(), error);
    let file = File::open(path).map_err(|error| wrong(PemError::Io(error)))?;
    if private::others_may_read(&file).map_err(|error| wrong(PemError::Io(error)))? {
        return Err(TlsError::Exposed(path.to_owned()));
    }
    PrivateKeyDer::from_pem_reader(file).map_err(wrong)
}

/// The certificates of a file, at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |error| TlsError::File(path.to_owned(), error);
    let found = CertificateDer::pem_file_iter(path).map_err(wrong)?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(wrong)?;
    if found.is_empty() {
        return Err(TlsError::NoCertificate(path.to_owned()));
    }
    Ok(found)
}

fn authority(
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let unfit = |error| TlsError::Unfit(path.to_owned(), error);
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(unfit)?;
    }
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(verifier.map_err(|error| unfit(Error::General(error.to_string())))?)
}

/// Trusts one certificate and nothing else. That the server holds its key is proved by the
/// handshake, as for any other.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("the certificate is not the one in the file".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
