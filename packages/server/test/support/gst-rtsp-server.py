"""GStreamer's RTSP server (Debian: gir1.2-gst-rtsp-server-1.0, python3-gi), set up from a JSON object on the command line:
{"mounts": {"/path": "launch line"}, "auth": "basic" | "digest" | null, "username", "password", "tls": "file with certificate and key" | null,
"sessionsMax": number | null}.
Prints its port, and serves until it is ended."""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer

Gst.init(None)
options = json.loads(sys.argv[1])

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
mounts = server.get_mount_points()
for path, launch in options["mounts"].items():
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch)
    factory.set_shared(True)
    if options.get("auth"):
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_role("viewer")
        for permission in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("viewer", permission, True)
        factory.set_permissions(permissions)
    mounts.add_factory(path, factory)

if options.get("auth") or options.get("tls"):
    auth = GstRtspServer.RTSPAuth()
    if options.get("tls"):
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options["tls"]))
    if options.get("auth"):
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        if options["auth"] == "digest":
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(options["username"], options["password"], token)
        else:
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options["username"], options["password"]), token)
    server.set_auth(auth)

if options.get("sessionsMax"):
    server.get_session_pool().set_max_sessions(options["sessionsMax"])

server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
