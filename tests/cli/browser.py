# SPDX-License-Identifier: MIT
"""Chromium without a window, driven over pipes by its DevTools protocol. Keys and clicks are those of a
user: they go to the element that has the focus, or that is at the place."""

import base64
import json
import subprocess

# The browser reads commands from file descriptor 3 and writes answers to 4.
START = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
COMMAND = ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
           '--disable-background-networking', '--disable-component-update', '--disable-sync',
           '--remote-debugging-pipe']
# Code of each key, for keyCode; and its text.
KEYS = {'Enter': (13, '\r'), ' ': (32, ' '), 'Tab': (9, ''), 'Escape': (27, ''), 'Home': (36, ''),
        'ArrowLeft': (37, ''), 'ArrowUp': (38, ''), 'ArrowRight': (39, ''), 'ArrowDown': (40, '')}


class Browser:
    def __init__(self, profile):
        self.process = subprocess.Popen(['sh', '-c', START, 'sh', *COMMAND, f'--user-data-dir={profile}'],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.n_commands = 0
        self.events = []
        self.session = None
        target = self.command('Target.createTarget', url='about:blank')['targetId']
        self.session = self.command('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        self.command('Page.enable')
        self.command('Runtime.enable')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)

    def receive(self):
        message = b''
        while not message.endswith(b'\0'):
            part = self.process.stdout.read1(65536)
            if not part:
                raise RuntimeError('the browser has ended')
            message += part
        return [json.loads(part) for part in message[:-1].split(b'\0')]

    def command(self, method, **parameters):
        self.n_commands += 1
        message = {'id': self.n_commands, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        self.process.stdin.write(json.dumps(message).encode() + b'\0')
        self.process.stdin.flush()
        while True:
            answer = None
            for one in self.receive():
                if one.get('id') == self.n_commands:
                    answer = one
                else:
                    self.events.append(one)
            if answer:
                if 'error' in answer:
                    raise RuntimeError(f'{method}: {answer["error"]}')
                return answer['result']

    def open(self, address, width=1280, height=900, scheme='light', mobile=False):
        """Load a page and wait until it has run."""
        self.command('Emulation.setDeviceMetricsOverride', width=width, height=height,
                     deviceScaleFactor=1, mobile=mobile)
        self.command('Emulation.setEmulatedMedia',
                     features=[{'name': 'prefers-color-scheme', 'value': scheme}])
        self.load('about:blank')  # a page whose fragment alone changes would not be loaded again
        self.load(address)

    def load(self, address):
        self.events.clear()
        self.command('Page.navigate', url=address)
        while not any(one.get('method') == 'Page.loadEventFired' for one in self.events):
            self.events += self.receive()

    def run(self, script):
        """Return the value of an expression; of a promise, what it resolves to."""
        done = self.command('Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in done:
            raise RuntimeError(f'{script}: {done["exceptionDetails"]["exception"].get("description")}')
        return done['result'].get('value')

    def wait_until(self, condition):
        """Return when an expression is true: the page handles a change of its address later."""
        self.run('new Promise(done => { const look = () => { if (' + condition + ') done();'
                 ' else setTimeout(look); }; look(); })')

    def press(self, key, n=1, shift=False):
        """Press and release a key, `n` times."""
        code, text = KEYS[key]
        for _ in range(n):
            for kind in ('keyDown', 'keyUp'):
                self.command('Input.dispatchKeyEvent', type=kind, key=key, windowsVirtualKeyCode=code,
                             code='Space' if key == ' ' else key, modifiers=8 if shift else 0,
                             **({'text': text} if text and kind == 'keyDown' else {}))

    def back(self):
        """Go back one entry of the history of this page."""
        self.run('new Promise(done => { addEventListener("hashchange", () => done(), { once: true });'
                 ' history.back(); })')

    def errors(self):
        """Return the uncaught errors since the page was loaded."""
        return [one['params']['exceptionDetails']['exception'].get('description')
                for one in self.events if one.get('method') == 'Runtime.exceptionThrown']

    def picture(self, path, whole=False):
        """Save a screenshot."""
        data = self.command('Page.captureScreenshot', captureBeyondViewport=whole)['data']
        path.write_bytes(base64.b64decode(data))
