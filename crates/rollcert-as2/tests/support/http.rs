//! As much of HTTP/1.1 as one AS2 message needs: one request, one response, then the connection ends.

use core::{net::SocketAddr, time::Duration};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use rollcert_mime::Headers;

/// How long the other side may take; it answers within milliseconds, or a test machine is very busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request or a response, its first line apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpMessage {
    /// `POST /path HTTP/1.1`, or `HTTP/1.1 200 OK`.
    start: String,
    fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl HttpMessage {
    pub(crate) fn headers(&self) -> Headers<'static> {
        Headers::from_pairs(self.fields.iter().map(|(name, value)| (name, value)))
    }

    /// Of a response, `200` and the like.
    pub(crate) fn status(&self) -> &str {
        self.start.split(' ').nth(1).unwrap()
    }

    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut line = || {
            let mut line = Vec::new();
            reader.read_until(b'\n', &mut line).unwrap();
            let line = String::from_utf8(line).unwrap();
            line.strip_suffix("\r\n")
                .expect("a line of a header")
                .to_owned()
        };
        let start = line();
        let mut fields: Vec<(String, String)> = Vec::new();
        loop {
            let line = line();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').expect("a header field");
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
        let length = fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .expect("a length");
        let mut body = vec![0; length.1.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        Self {
            start,
            fields,
            body,
        }
    }
}

fn write(mut stream: &TcpStream, start: &str, headers: &[(String, String)], body: &[u8]) {
    let mut octets = format!("{start}\r\n").into_bytes();
    for (name, value) in headers {
        octets.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    let length = body.len();
    octets.extend_from_slice(
        format!("Content-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    octets.extend_from_slice(body);
    stream.write_all(&octets).unwrap();
    stream.flush().unwrap();
}

/// Sends a request to `http://127.0.0.1:port/path` and returns the response.
pub(crate) fn post(url: &str, headers: &[(String, String)], body: &[u8]) -> HttpMessage {
    let rest = url.strip_prefix("http://").expect("http");
    let (host, path) = rest.split_once('/').expect("a path");
    let stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut all = vec![("Host".to_owned(), host.to_owned())];
    all.extend_from_slice(headers);
    write(&stream, &format!("POST /{path} HTTP/1.1"), &all, body);
    HttpMessage::read(&stream)
}

/// Our own side, where requests come in.
pub(crate) struct Listener(TcpListener);

impl Listener {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.0.local_addr().unwrap())
    }

    /// Waits for one request and answers it with what `answer` makes of it: header fields and a body.
    pub(crate) fn serve<T>(
        &self,
        answer: impl FnOnce(&HttpMessage) -> (Vec<(String, String)>, Vec<u8>, T),
    ) -> T {
        let stream = self.accept();
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = HttpMessage::read(&stream);
        let (headers, body, result) = answer(&request);
        write(&stream, "HTTP/1.1 200 OK", &headers, &body);
        result
    }

    fn accept(&self) -> TcpStream {
        let pause = Duration::from_millis(2);
        let mut left = PATIENCE;
        while let Some(rest) = left.checked_sub(pause) {
            match self.0.accept() {
                Ok((stream, _)) => return stream,
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "{error}"),
            }
            thread::sleep(pause);
            left = rest;
        }
        panic!("nobody called");
    }
}
