//! TLS with the certificate always checked, its name included. There is no way around it, not even for a test.

use super::{NetError, Server, Transport};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Whom this machine trusts; read once, for all mailboxes.
static NATIVE: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
});

/// Shakes hands over a connection that is open. `host` may be an IP address.
pub(crate) async fn protect(server: &Server, transport: Box<dyn Transport>) -> Result<Box<dyn Transport>, NetError> {
    let untrusted = |why: String| NetError::Untrusted { host: server.host.clone(), why };
    let name = ServerName::try_from(server.host.clone()).map_err(|_| untrusted("its name is no name".into()))?;
    let ca_file = server.ca_file.clone();
    let roots = tokio::task::spawn_blocking(move || roots(ca_file.as_deref())).await.map_err(|error| error.to_string()).flatten();
    let config = roots.and_then(client).map_err(untrusted)?;
    match TlsConnector::from(Arc::new(config)).connect(name, transport).await {
        Ok(tls) => Ok(Box::new(tls)),
        Err(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidMessage(_)) => Err(untrusted("it does not speak TLS".into())),
            Some(fault) => Err(untrusted(fault.to_string())),
            None => Err(NetError::Lost),
        },
    }
}

fn roots(ca_file: Option<&Path>) -> Result<Arc<RootCertStore>, String> {
    let Some(ca_file) = ca_file else { return Ok(Arc::clone(&NATIVE)) };
    let unreadable = |why: String| format!("{} cannot be read: {why}", ca_file.display());
    let mut roots = RootCertStore::clone(&NATIVE);
    let certificates = CertificateDer::pem_file_iter(ca_file).map_err(|error| unreadable(error.to_string()))?;
    let mut count = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
        count += 1;
    }
    if count == 0 {
        return Err(unreadable("it holds no certificate".into()));
    }
    Ok(Arc::new(roots))
}

fn client(roots: Arc<RootCertStore>) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(versions.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth())
}
