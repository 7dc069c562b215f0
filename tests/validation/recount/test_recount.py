#!/usr/bin/env python3
"""One short trial for each attack there is, its four worlds counted again from their captures.

usage: test_recount.py REDOUBT ATTACKS: the program and the folder attacks/. TAP; a count that is off by one has to be found."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# The boxes are slow, the lines lose some, and there is time after the attack to see how calls end.
SCENE = '''trial: recount
topology: volte-home
seed: 1
duration: 60 s
warmup: 4 s
cpu: {sbc: {speed: 0.1}, p-cscf: {speed: 0.1}, s-cscf: {speed: 0.1}}
networks: {gm: {path: {loss: 15 %}}}
set:
  ue: {subscribers: 120, register-over: 2 s, registrations: 40, register-patience: 16 s, retry-base: 4 s,
       bhca: 60, calls-from: 18 s, patience: 10 s, ring-min: 1 s, ring-max: 4 s, hold: 4 s, hold-max: 15 s,
       media-timeout: 3 s, t1: 2 s}
'''
ATTACK = 'attacks:\n  - {attack: %s, at: 20 s, for: 8 s%s}\n'
ON_A_LINE = ', on: [sbc.gm]' # for those that listen on one
DEFENSE = 'defenses:\n  - {defense: rl-token, at: [sbc.gm], set: {rate: 0.2, burst: 4}}\n'


class Runner:
    def __init__(self, redoubt, folder):
        self.redoubt, self.folder = redoubt, folder

    def call(self, *arguments):
        done = subprocess.run([self.redoubt, 'run', '-q', *arguments], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f'{" ".join(arguments)}: {done.stderr}')
        return done.stdout

    def world(self, name, text, *arguments):
        """Runs a trial: the folder of its world, that of its captures, and what `redoubt` printed."""
        base = os.path.join(self.folder, name)
        with open(base + '.yaml', 'w', encoding='utf-8') as file:
            file.write(text)
        printed = self.call('-o', base, '--pcap', base + '-captures', *arguments, base + '.yaml')
        attacked, defended = '\nattacks:' in text, '\ndefenses:' in text
        for world in glob.glob(glob.escape(base) + '/worlds/*/'):
            with open(os.path.join(world, 'result.json'), encoding='utf-8') as file:
                result = json.load(file)
            if (result['attacks'] != [], result['defenses'] != []) == (attacked, defended):
                return [world, base + '-captures'], printed
        raise RuntimeError(f'{name}: no world')

    def attack(self, name):
        """The lines of a trial that are about an attack; the program says which of them want a line."""
        path = os.path.join(self.folder, 'asked.yaml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(SCENE + ATTACK % (name, ''))
        asked = subprocess.run([self.redoubt, 'check', '-q', path], capture_output=True, text=True)
        return ATTACK % (name, ON_A_LINE if 'key "on"' in asked.stderr + asked.stdout else '')

    def alone(self, name, text):
        return self.world(name, text, '--no-counterfactuals')[0]

    def compared(self, name, text):
        folders, printed = self.world(name, text, '--format', 'json')
        path = os.path.join(self.folder, name + '.json')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(printed)
        return [*folders, path]


def recount(*arguments):
    return subprocess.run([sys.executable, os.path.join(HERE, 'recount.py'), *arguments],
                          capture_output=True, text=True)


def report(number, name, done, good):
    print(f'{"ok" if good else "not ok"} {number} - {name}', flush=True)
    if not good:
        print('\n'.join('# ' + line for line in (done.stdout + done.stderr).splitlines()), flush=True)
    return good


def one_more(world, section, name):
    """The same world, with a figure that is off by one."""
    path = os.path.join(world, 'result.json')
    with open(path, encoding='utf-8') as file:
        result = json.load(file)
    result['legit'][section][name] += 1
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(result, file)


def main():
    redoubt, folder = sys.argv[1:]
    attacks = sorted(name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name)))
    good = True
    with tempfile.TemporaryDirectory() as scratch:
        runner = Runner(redoubt, scratch)
        print(f'1..{2 * len(attacks) + 1}', flush=True)
        nothing, defense = runner.alone('n', SCENE), runner.alone('d', SCENE + DEFENSE)
        for i, attack in enumerate(attacks):
            lines = runner.attack(attack)
            alone = runner.alone('a', SCENE + lines)
            both = runner.compared('b', SCENE + lines + DEFENSE)
            done = recount(*alone)
            good &= report(2 * i + 1, f'{attack}, undefended', done, done.returncode == 0)
            done = recount(*both, *nothing, *alone, *defense)
            good &= report(2 * i + 2, f'{attack}, rl-token, what was lost', done, done.returncode == 0)
            for name in ('a', 'b', 'a-captures', 'b-captures'):
                shutil.rmtree(os.path.join(scratch, name))
        one_more(nothing[0], 'call', 'answered')
        done = recount(*nothing)
        good &= report(2 * len(attacks) + 1, 'a figure that is off by one is found', done,
                       done.returncode == 1 and '\n1 differ' in done.stdout)
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
