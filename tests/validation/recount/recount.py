#!/usr/bin/env python3
"""Counts a trial again from its captures alone, and compares with what the lab says.

usage: recount.py WORLD CAPTURES [COMPARISON N CAPTURES A CAPTURES D CAPTURES]

WORLD is a world's folder, CAPTURES what --pcap wrote for it. With COMPARISON, the JSON of `redoubt run` on
that trial, and the other three worlds, what was lost is counted too. Exit code 1: something differs."""
import glob
import json
import os
import sys
from collections import Counter

from capture import packets
from phones import Phones, Settings

OUTCOMES = ('answered', 'caller_gone', 'busy', 'no_answer', 'declined', 'redirected', 'failed')
BUCKET = 0.016      # of a quantile: docs/result-format.md
BINS = 1000         # of a score


class World:
    """A world and its captures, counted."""

    def __init__(self, folder, captures):
        with open(os.path.join(folder, 'result.json'), encoding='utf-8') as file:
            self.result = json.load(file)
        self.settings = Settings(os.path.join(folder, 'trial.yaml'))
        self.captures = captures
        phones = [node['name'] for node in self.result['nodes'] if node['part'] == 'ue']
        if len(phones) != 1:
            raise ValueError('one population of phones is what this can count')
        path, = glob.glob(os.path.join(glob.escape(captures), phones[0] + '.*.pcapng'))
        self.phones = Phones(packets(path), self.settings)
        counters = [node['counters'] for node in self.result['nodes'] if node['name'] == phones[0]][0]
        self.never_sent = counters['calls-while-unregistered']
        if self.never_sent and self.settings.time('calls-from') < self.settings.warmup:
            raise ValueError('calls were due in the warm-up whose phone was not registered: no capture shows when')
        begun = [self.phones.calls, self.phones.registrations]
        self.attempts = {key: attempt for kind in begun for key, attempt in kind.items()
                         if attempt.begun >= self.settings.warmup and attempt.label == 'benign'}

    def decided(self, kind):
        return [one for key, one in kind.items() if key in self.attempts and one.settled(self.settings)]


def percent(part, whole):
    return 100 * part / whole if whole else None


def delays(values):
    values = sorted(values)
    n = len(values)
    if not n:
        return {'n': 0, 'mean': None, 'p50': None, 'p95': None, 'max': None}
    quantile = {f'p{q}': values[-(-n * q // 100) - 1] for q in (50, 95)}
    return {'n': n, 'mean': sum(values) // n, **quantile, 'max': values[-1]}


def calls(world):
    taken, unseen = world.decided(world.phones.calls), world.never_sent
    n = len(taken) + unseen
    count, status = Counter(c.outcome for c in taken), Counter(c.status for c in taken)
    established, asked = count['answered'] + count['caller_gone'], n - count['redirected']
    completed = sum(c.completed for c in taken)
    figures = {name: count[name] for name in OUTCOMES}
    figures['failed'] += unseen
    figures.update({
        'attempts': n,
        'timeouts': status[0] + unseen,
        'served': sum(c.served for c in taken),
        'dropped': sum(c.dropped for c in taken),
        'completed': completed,
        'talked_ns': sum(c.talked(world.settings) for c in taken if c.taken),
        'ser': percent(established, asked),
        'seer': percent(established + sum(status[k] for k in (480, 486, 600, 603)), asked),
        'isa': percent(unseen + sum(status[k] for k in (0, 408, 500, 503, 504)), n),
        'scr': percent(completed, n),
        'srd_ns': delays([(c.ringing or c.answered) - c.begun for c in taken
                          if c.ringing or 200 <= c.status < 300])})
    return figures


def registrations(world):
    taken = world.decided(world.phones.registrations)
    done = [r.done - r.begun for r in taken if r.served]
    return {'attempts': len(taken), 'succeeded': len(done), 'failed': len(taken) - len(done),
            'ira': percent(len(taken) - len(done), len(taken)), 'rrd_ns': delays(done)}


def verdicts(world, name):
    """Truth beside what was decided, for every message at a defense's places."""
    base = os.path.join(world.captures, name)
    with open(base + '.verdicts.jsonl', encoding='utf-8') as lines:
        for packet, line in zip(packets(base + '.judged.pcapng'), lines, strict=True):
            verdict = json.loads(line)
            seconds, _, part = verdict['time'].partition('.')
            if int(seconds) * 10 ** 9 + int(part.ljust(9, '0')) != packet.t or \
               verdict['src'].rpartition(':')[0].strip('[]') != packet.src:
                raise ValueError(f'{base}: verdict {verdict["n"]} is not of its packet')
            yield packet.label(), verdict['action'], verdict['score']


def detection(world, name):
    flagged, judged, total = Counter(), Counter(), Counter()
    positives, negatives, missed, at_edge = [], [], 0, Counter()
    for label, action, score in verdicts(world, name):
        total[label] += 1
        acts = action not in ('pass', 'rewrite')
        if score is None and acts:
            score = 1
        if score is not None:
            # written to six digits: of one at the edge of two bins it cannot be told which it was in
            edge = abs(score * BINS % 1 - 0.5) < 1e-6
            at_edge['attack' if label == 'attack' else 'others'] += edge and label != 'induced'
            score = int(score * BINS + 0.5)     # to three decimals: what is nearer is tied
        flagged[label] += acts
        judged[label] += score is not None
        if label == 'attack':
            missed += score is None
            positives += [score] if score is not None else []
        elif label != 'induced' and score is not None:
            negatives.append(score)
    harmless = judged['benign'] + judged['twin']
    return {'judged': dict(judged), 'tp': flagged['attack'], 'fn': total['attack'] - flagged['attack'],
            'fp': flagged['benign'] + flagged['twin'],
            'tn': harmless - flagged['benign'] - flagged['twin'],
            'tpr': flagged['attack'] / total['attack'] if total['attack'] else None,
            'fpr': (flagged['benign'] + flagged['twin']) / harmless if harmless else None,
            'roc_auc': area(positives, missed, negatives),
            'roc_auc_unsure': at_edge['attack'] / max(len(positives) + missed, 1) +
                              at_edge['others'] / max(len(negatives), 1)}


def area(positives, missed, negatives):
    """How often an attack's message outranks a judged harmless one: by ranks, ties half (Mann-Whitney)."""
    if not negatives or not positives and not missed:
        return None
    below = won = 0
    ranks = Counter(negatives)
    hits = Counter(positives)
    for score in sorted(set(ranks) | set(hits)):
        won += hits[score] * (below + ranks[score] / 2)
        below += ranks[score]
    return won / (len(negatives) * (len(positives) + missed))


def lost(base, world, window=None):
    """What `base` served and `world` did not, the reverse, and all that was tried in either; with a window, of
    the attempts that were under way in it: begun before its end, and in `base` not over before it began."""
    gone = gained = 0
    keys = list(set(base.attempts) | set(world.attempts))
    if window:
        of = {key: (base, base.attempts[key]) if key in base.attempts else (world, world.attempts[key]) for key in keys}
        keys = [key for key, (where, one) in of.items()
                if one.begun < window[1] and max(one.begun, one.over(where.settings)) >= window[0]]
    for key in keys:
        before, now = base.attempts.get(key), world.attempts.get(key)
        was = before is not None and before.settled(base.settings) and before.served
        here = now is not None and now.settled(world.settings) and now.served
        if before is not None and before.taken and not (now is not None and now.taken):
            here = False
        if now is not None and now.taken and here and before is not None and not before.taken and was:
            gained += 1
            continue
        gone += was and not here
        gained += here and not was
    return gone, gained, len(keys)


class Comparison:
    def __init__(self):
        self.differ = 0

    def same(self, name, mine, theirs, tolerance=0.0):
        if mine is None or theirs is None:
            good = mine is theirs
        elif isinstance(mine, float):
            good = abs(mine - theirs) <= max(5.1e-7, tolerance)
        else:
            good = abs(mine - theirs) <= tolerance
        self.differ += not good
        print(f'{"  " if good else "* "} {name:28} {mine!s:>22} {theirs!s:>22}')

    def figures(self, name, mine, theirs):
        for key, value in mine.items():
            if isinstance(value, dict):
                for part, one in value.items():
                    near = (one or 0) * BUCKET if part in ('p50', 'p95') else 0
                    self.same(f'{name}.{key}.{part}', one, theirs[key][part], near)
            else:
                self.same(f'{name}.{key}', value, theirs[key])


def compare_world(world, out):
    legit = world.result['legit']
    out.figures('call', calls(world), legit['call'])
    out.figures('register', registrations(world), legit['register'])
    for defense in world.result['defenses']:
        mine, name = detection(world, defense['name']), defense['name']
        for label in ('benign', 'induced', 'attack', 'twin'):
            out.same(f'{name}.judged.{label}', mine['judged'].get(label, 0), defense['judged'][label]['n'])
        for key in ('tp', 'fp', 'tn', 'fn', 'tpr', 'fpr'):
            out.same(f'{name}.{key}', mine[key], defense['message'][key])
        out.same(f'{name}.roc_auc', mine['roc_auc'], defense['score']['roc_auc'], mine['roc_auc_unsure'])


def compare_worlds(both, nothing, attack, defense, comparison, out):
    measures = comparison['measures']
    for name, world in (('lost', both), ('lost_undefended', attack), ('lost_in_peace', defense)):
        out.same(name, lost(nothing, world)[0], measures[name])
    unit = comparison.get('with_defense', {}).get('unit')   # a twin has none
    if unit != 'points of legitimate attempts' or \
       any(world.never_sent for world in (both, nothing, attack, defense)):
        return      # an attack that learns; or attempts that no capture shows
    for name, base, world in (('effect_alone', nothing, attack), ('effect', defense, both)):
        gone, gained, tried = lost(base, world, world.settings.attack)
        out.same(name, percent(gone - gained, tried), measures[name])


def main(arguments):
    if len(arguments) not in (2, 9):
        sys.exit(__doc__)
    out = Comparison()
    worlds = [World(*arguments[i:i + 2]) for i in ([0] if len(arguments) == 2 else [0, 3, 5, 7])]
    print(f'   {"":28} {"from the captures":>22} {"the lab":>22}')
    compare_world(worlds[0], out)
    if len(worlds) > 1:
        with open(arguments[2], encoding='utf-8') as file:
            compare_worlds(*worlds, json.load(file)['comparison'], out)
    print(f'{out.differ} differ' if out.differ else 'all equal')
    return 1 if out.differ else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
