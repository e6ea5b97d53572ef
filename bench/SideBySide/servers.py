"""The server processes of a run. Each stands on core 0; the one that is not asked is idle."""
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import sigv4

ACCESS_KEY, SECRET_KEY = 'benchmark', 'benchmarksecret'
BUCKET = 'bench'
HERE = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


STARTED = []


def stop_all():
    """Stops whatever still runs, so that a run that fails leaves nothing behind."""
    for server in STARTED:
        server.stop()


class ServerFailed(Exception):
    """A server ended at start; the message is what it printed."""


class Server:
    """One process that listens on a port of its own."""

    def __init__(self, name, folder):
        self.name, self.folder, self.port, self.process = name, folder, free_port(), None
        self.host = f'127.0.0.1:{self.port}'
        self.url = f'http://{self.host}'

    def spawn(self, command, environment=None):
        """Starts the process and waits until it listens."""
        STARTED.append(self)
        log_path = os.path.join(self.folder, f'{self.name}.out')
        with open(log_path, 'wb') as log:
            self.process = subprocess.Popen(['taskset', '-c', '0'] + command, stdout=log, stderr=subprocess.STDOUT,
                                            env={**os.environ, **(environment or {})})
        for _ in range(600):
            if self.process.poll() is not None:
                with open(log_path, encoding='utf-8') as log:
                    raise ServerFailed(f'{self.name} ended at start:\n{log.read()}')
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise ServerFailed(f'{self.name} does not listen on port {self.port}')

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def settle(self):
        """Waits until the process has nothing to do in the background any more, five minutes at the most. It shares its core."""
        for _ in range(300):
            before = self._cpu_seconds()
            time.sleep(1)
            if self._cpu_seconds() - before < 0.02:
                return

    def _cpu_seconds(self):
        with open(f'/proc/{self.process.pid}/stat', encoding='utf-8') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def resident_kib(self):
        """VmRSS now and VmHWM, the highest so far, in KiB."""
        values = {}
        with open(f'/proc/{self.process.pid}/status', encoding='utf-8') as file:
            for line in file:
                if line.startswith(('VmRSS:', 'VmHWM:')):
                    values[line.split(':')[0]] = int(line.split()[1])
        return values['VmRSS'], values['VmHWM']


class Nginx(Server):
    """The reference: static files from FOLDER/files."""

    def start(self):
        with open(os.path.join(HERE, 'nginx.conf'), encoding='utf-8') as file:
            configuration = file.read().replace('FOLDER', self.folder).replace('PORT', str(self.port))
        path = os.path.join(self.folder, 'nginx.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(configuration)
        return self.spawn(['nginx', '-c', path])


class Sink(Server):
    """The null sink of bench/Load: it drops what it receives."""

    def start(self, load):
        return self.spawn([load, 'sink', '--port', str(self.port)])


class Rustfs(Server):
    """Our server on a volume of its own, with the settings a user gets but for what is passed."""

    def __init__(self, name, folder, executable, volume):
        super().__init__(name, folder)
        self.executable, self.volume = executable, volume

    def start(self, io='auto', environment=None, flags=()):
        return self.spawn([self.executable, 'server', self.volume, '--io', io, *flags],
                          {'RUSTFS_ADDRESS': self.host, 'RUSTFS_ACCESS_KEY': ACCESS_KEY, 'RUSTFS_SECRET_KEY': SECRET_KEY,
                           'DOTNET_gcServer': '0', **(environment or {})})

    def remove(self):
        """Stops and gives the disk space back."""
        self.stop()
        shutil.rmtree(self.volume, ignore_errors=True)

    def sign(self, method, path, body=b'', query=''):
        return sigv4.signed_request(method, self.host, path, ACCESS_KEY, SECRET_KEY, body, query)

    def send(self, request):
        """Sends one ready-made request; anything but 200 ends the run."""
        with socket.create_connection(('127.0.0.1', self.port)) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            body = response.read()
            if response.status != 200:
                sys.exit(f'setting up: {response.status} {body.decode(errors="replace")}')

    def metrics(self):
        """The server's own counters, summed over their labels."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port)
        connection.request('GET', '/metrics')
        sums = {}
        for line in connection.getresponse().read().decode().splitlines():
            if not line.startswith('#'):
                name, value = line.rsplit(' ', 1)
                name = name.split('{')[0]
                sums[name] = sums.get(name, 0) + float(value)
        connection.close()
        return sums


def supports_io(folder, executable, io):
    """Whether our server starts with a transport; the reason is printed when it does not."""
    server = Rustfs(f'probe-{io}', folder, executable, os.path.join(folder, f'probe-{io}'))
    try:
        server.start(io)
    except ServerFailed as failure:
        print(f'--io {io} is left out: {str(failure).strip().splitlines()[-1]}', flush=True)
        return False
    server.remove()
    return True
