"""Row 10: what the server keeps resident under many idle connections and uploads at once, read from /proc/PID/status."""
import resource
import socket
import subprocess
import time

from legs import LOAD_CORE
from servers import ACCESS_KEY, BUCKET, SECRET_KEY

SAMPLES_PER_SECOND = 4
UPLOAD_BYTES = 1 << 30


def measure(server, options):
    """Resident MiB at start, with the idle connections, and the most while uploads run as well; uploads are cut off at the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    connections = []
    try:
        measured = {'start_mib': server.resident_kib()[0] // 1024}
        for _ in range(options.idle_connections):
            connection = socket.create_connection(('127.0.0.1', server.port))
            connection.sendall(b'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n')
            connection.recv(4096)
            connections.append(connection)
        measured['idle_connections'] = len(connections)
        measured['idle_mib'] = server.resident_kib()[0] // 1024
        measured.update(_upload(server, options))
        return measured
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _upload(server, options):
    before = server.metrics()
    begun = time.monotonic()
    load = subprocess.Popen(LOAD_CORE + [
        options.load, 'load', 'put', '--url', f'{server.url}/{BUCKET}/upload', '--connections', str(options.uploads), '--seconds', '1',
        '--bytes', str(UPLOAD_BYTES), '--access-key', ACCESS_KEY, '--secret-key', SECRET_KEY])
    samples = []
    while time.monotonic() < begun + options.upload_seconds and load.poll() is None:
        samples.append(server.resident_kib()[0])
        time.sleep(1 / SAMPLES_PER_SECOND)
    if load.poll() not in (None, 0):
        raise RuntimeError('the uploads of row 10 failed')
    load.kill()
    load.wait()
    written = server.metrics()['rustfs_store_written_bytes_total'] - before['rustfs_store_written_bytes_total']
    return {'uploads': options.uploads, 'seconds': round(time.monotonic() - begun, 1), 'peak_mib': max(samples) // 1024,
            'highest_ever_mib': server.resident_kib()[1] // 1024, 'written_gib': round(written / (1 << 30), 1)}
