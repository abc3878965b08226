# For workerd on your own machine. A Worker at Cloudflare has the same bindings, set with wrangler.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    # The address of a simulator may be on this machine.
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "dist/worker.js")],
  compatibilityDate = "2026-11-01",
  bindings = [
    (name = "APIKLEY_PROXY_SECRET", fromEnvironment = "APIKLEY_PROXY_SECRET"),
    (name = "APIKLEY_WEBHOOK_TOKEN", fromEnvironment = "APIKLEY_WEBHOOK_TOKEN"),
    (name = "CALLBACK_URL", fromEnvironment = "CALLBACK_URL"),
    (name = "APIKLEY_API_KEY", fromEnvironment = "APIKLEY_API_KEY"),
    (name = "APIKLEY_BASE_URL", fromEnvironment = "APIKLEY_BASE_URL"),
  ],
);
