//! Chromium without a window, driven by the DevTools protocol.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The roles of what can be used.
const USED: [&str; 7] = [
    "button",
    "combobox",
    "textbox",
    "link",
    "form",
    "region",
    "DisclosureTriangle",
];

/// A page in a browser of its own.
pub struct Browser {
    child: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    number: u64,
    /// Errors of the page, and addresses elsewhere that it asked.
    pub complaints: Vec<String>,
    /// The beginning of all addresses that it may ask.
    home: String,
    _profile: crate::support::Folder,
}

impl Browser {
    /// Opens a page of a server; none if there is no Chromium, unless `VEDTAK_CHROMIUM` is `required`.
    pub async fn open(home: &str, path: &str) -> Option<Self> {
        let profile = crate::support::Folder::new();
        let started = ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .find_map(|name| {
                Command::new(name)
                    .args([
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                    ])
                    .args([
                        "--remote-debugging-port=0",
                        "--no-first-run",
                        "--force-color-profile=srgb",
                    ])
                    .arg(format!("--user-data-dir={}", profile.0.display()))
                    .arg("about:blank")
                    .stderr(Stdio::piped())
                    .stdout(Stdio::null())
                    .spawn()
                    .ok()
            });
        let Some(mut child) = started else {
            let is_required =
                std::env::var("VEDTAK_CHROMIUM").is_ok_and(|value| value == "required");
            assert!(!is_required, "there is no Chromium");
            eprintln!("there is no Chromium: the pages are not tried");
            return None;
        };
        let log = BufReader::new(child.stderr.take().expect("it has a log"));
        let mut lines = log.lines().map_while(Result::ok);
        let address = lines.by_ref().find_map(|line| {
            line.strip_prefix("DevTools listening on ")
                .map(str::to_owned)
        });
        std::thread::spawn(move || lines.for_each(drop));
        let (socket, _) = connect_async(address.expect("it listens"))
            .await
            .expect("it answers");
        let mut browser = Self {
            child,
            socket,
            session: None,
            number: 0,
            complaints: Vec::new(),
            home: home.to_owned(),
            _profile: profile,
        };
        let page = browser
            .call("Target.createTarget", json!({"url": "about:blank"}))
            .await;
        let attach = json!({"targetId": page["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", attach).await;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            browser.call(&format!("{domain}.enable"), json!({})).await;
        }
        browser
            .call("Page.navigate", json!({"url": format!("{home}{path}")}))
            .await;
        Some(browser)
    }

    /// Calls a method, and waits for its answer.
    pub async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.socket
            .send(Message::text(message.to_string()))
            .await
            .expect("it is sent");
        loop {
            let told = tokio::time::timeout(Duration::from_secs(60), self.socket.next()).await;
            let told = told
                .expect("it answers in time")
                .expect("it is open")
                .expect("it is read");
            let Ok(told) = serde_json::from_str::<Value>(&told.to_string()) else {
                continue;
            };
            if told["id"] == self.number {
                // An expression has no value on a page that is left meanwhile, as by a reload.
                if told["error"]["message"] == "Inspected target navigated or closed" {
                    return Value::Null;
                }
                assert!(told["error"].is_null(), "{method}: {}", told["error"]);
                return told["result"].clone();
            }
            self.event(&told);
        }
    }

    fn event(&mut self, told: &Value) {
        let parameters = &told["params"];
        match told["method"].as_str() {
            Some("Runtime.exceptionThrown") => self.complaints.push(parameters.to_string()),
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => {
                self.complaints.push(parameters["entry"].to_string());
            }
            Some("Network.requestWillBeSent") => {
                let url = parameters["request"]["url"].as_str().unwrap_or_default();
                // A field's own icon is a `data:` of the browser.
                if !url.starts_with(&self.home) && !url.starts_with("data:") {
                    self.complaints.push(format!("it asks {url}"));
                }
            }
            _ => {}
        }
    }

    /// Evaluates an expression in the page.
    pub async fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let told = self.call("Runtime.evaluate", asked).await;
        assert!(told["exceptionDetails"].is_null(), "{expression}: {told}");
        told["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub async fn wait(&mut self, expression: &str) {
        let begun = Instant::now();
        while self.eval(expression).await != true {
            if begun.elapsed() > Duration::from_secs(30) {
                let page = self.eval("document.body && document.body.innerText").await;
                panic!("it never is: {expression}\n{page}\n{:?}", self.complaints);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Presses a key.
    pub async fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            _ => panic!("{key}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Makes the window so wide and as high as the page, light or dark, and writes a picture of it.
    pub async fn picture(&mut self, name: &str, width: u32, scheme: &str) {
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", scheme).await;
        let mut height = json!(900);
        for _ in 0..2 {
            let size =
                json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
            self.call("Emulation.setDeviceMetricsOverride", size).await;
            height = self.eval("document.documentElement.scrollHeight").await;
        }
        let shown = self.eval("document.documentElement.scrollWidth").await;
        assert!(
            shown.as_u64().is_some_and(|shown| shown <= width.into()),
            "{name}: {shown} wide"
        );
        // All of it is painted.
        self.eval(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
        )
        .await;
        let taken = self.call("Page.captureScreenshot", json!({"format": "png"}));
        let taken = taken.await;
        let bytes = BASE64.decode(taken["data"].as_str().unwrap_or_default().as_bytes());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pages");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let file = folder.join(format!("{name}.png"));
        std::fs::write(file, bytes.expect("it is a picture")).expect("it can be written");
    }

    /// Demands that a screen reader has a name for whatever can be used, and a status that it reads out.
    pub async fn is_accessible(&mut self) {
        let tree = self.call("Accessibility.getFullAXTree", json!({})).await;
        let mut roles = Vec::new();
        for node in tree["nodes"].as_array().expect("there are nodes") {
            let role = node["role"]["value"].as_str().unwrap_or_default();
            let name = node["name"]["value"].as_str().unwrap_or_default();
            let is_silent = !USED.contains(&role) || node["ignored"] == true;
            assert!(is_silent || !name.is_empty(), "no name: {node}");
            roles.push(role);
        }
        for needed in ["main", "banner", "form", "status", "heading", "button"] {
            assert!(roles.contains(&needed), "no {needed}: {roles:?}");
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
