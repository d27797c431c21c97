//! The HTTP server of one partner.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use rollcert::exchange::Reply;
use tokio::net::TcpListener;

use crate::Failure;
use crate::host::Host;

/// The largest message taken, in octets.
const BODY_LIMIT: usize = 64 << 20;

/// Listens on loopback at this port, or, with 0, at any that is free.
pub(crate) async fn listen(port: u16) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    Ok(listener.map_err(|error| format!("cannot listen on port {port}: {error}"))?)
}

/// Serves until the process ends.
pub(crate) fn serve(listener: TcpListener, host: Arc<Host>) {
    let router = Router::new()
        .route("/as2", post(take))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(host);
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn take(State(host): State<Arc<Host>>, headers: HeaderMap, body: Bytes) -> Response {
    let headers: Vec<(String, Vec<u8>)> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    let effect = effect_of(&headers);
    // The store and the cryptography block; the runtime must not.
    let taken = {
        let host = Arc::clone(&host);
        tokio::task::spawn_blocking(move || host.receive(&headers, body.to_vec())).await
    };
    host.crash().reached(&effect, "received");
    match taken {
        Ok(Ok(reply)) => into_response(reply),
        Ok(Err(failure)) => {
            eprintln!(
                "{}: {}",
                host.party().local(),
                crate::report::chain(failure.as_ref())
            );
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The name of the sender's effect, out of the message id that was made of it.
fn effect_of(headers: &[(String, Vec<u8>)]) -> String {
    let id = headers.iter().find(|(name, _)| name == "message-id");
    let id = id
        .map(|(_, value)| String::from_utf8_lossy(value))
        .unwrap_or_default();
    let id = id.trim_start_matches('<');
    id.split('@').next().unwrap_or_default().to_owned()
}

fn into_response(reply: Reply) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, headers, reply.body).into_response()
}
