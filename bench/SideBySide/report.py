"""Turns the legs of a run into ratios, their spread and a table."""
import json
import os
import platform
import shutil
import statistics
import subprocess

import plots


def output_of(*command):
    """What a command prints, or a note that it is not there; the environment is recorded, never required."""
    if not shutil.which(command[0]):
        return f'{command[0]}: not installed'
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return run.stdout.strip()


def environment(repository, seconds, pairs, volume):
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        models = sorted({line.split(':', 1)[1].strip() for line in file if line.startswith('model name')})
    with open('/proc/meminfo', encoding='utf-8') as file:
        memory = file.readline().strip()
    return '\n'.join([
        f'commit: {output_of("git", "-C", repository, "log", "-1", "--format=%h %cs %s")}',
        f'tree: {"clean" if not output_of("git", "-C", repository, "status", "--porcelain") else "with uncommitted changes"}',
        f'cpu: {os.cpu_count()} x {", ".join(models)}',
        f'memory: {memory}',
        f'kernel: {platform.release()}',
        f'load average before the run: {os.getloadavg()}',
        f'volume on: {output_of("df", "--output=source,fstype,avail", "-h", volume).splitlines()[-1]}',
        f'.NET: {output_of("dotnet", "--version")}',
        f'nginx: {output_of("nginx", "-v")}',
        f'wrk: {output_of("wrk", "-v").splitlines()[0]}',
        f'openssl: {output_of("openssl", "version")}',
        f'legs: {seconds} s, {pairs} pairs A B; server and reference pinned to core 0, load to core 1',
        'server: Release build, DOTNET_gcServer=0, durability synced, checksum verification, SigV4 and metrics on',
    ]) + '\n'


def ratio(row):
    """Median of the pairwise ratios and their spread."""
    ratios = [ours / reference for reference, ours in row['pairs']]
    return {
        'row': row['row'], 'io': row['io'], 'work': row['work'], 'reference': row['reference'], 'unit': row['unit'], 'aim': row['aim'],
        'ours_median': round(statistics.median(ours for _, ours in row['pairs']), 1),
        'reference_median': round(statistics.median(reference for reference, _ in row['pairs']), 1),
        'ratio_median': round(statistics.median(ratios), 3), 'ratio_min': round(min(ratios), 3), 'ratio_max': round(max(ratios), 3),
        'ratios': [round(value, 3) for value in ratios],
    }


def write(folder, environment_text, benches, legs):
    """Writes environment.txt, legs.json (every raw leg), ratios.json, ratios.svg and README.md with the tables."""
    ratios = sorted((ratio(row) for bench in benches for row in bench.rows), key=lambda entry: entry['row'])
    allocations = [entry for bench in benches for entry in bench.allocations]
    resident = [entry for bench in benches for entry in bench.resident]
    with open(os.path.join(folder, 'environment.txt'), 'w', encoding='utf-8') as file:
        file.write(environment_text)
    _write_json(folder, 'legs.json', legs)
    _write_json(folder, 'ratios.json', {'ratios': ratios, 'allocations': allocations, 'resident': resident})
    if ratios:
        plots.write_ratios(os.path.join(folder, 'ratios.svg'), os.path.basename(folder), ratios)
    with open(os.path.join(folder, 'README.md'), 'w', encoding='utf-8') as file:
        file.write(tables(folder, ratios, allocations, resident))


def _write_json(folder, name, content):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
        json.dump(content, file, indent=1)
        file.write('\n')


def line(entry):
    """A row of the table of ratios."""
    return (f"| {entry['row']} | {entry['io']} | {entry['work']} | {entry['reference']} | **{entry['ratio_median']:.2f}** "
            f"({entry['ratio_min']:.2f} to {entry['ratio_max']:.2f}) | ≥ {entry['aim']:g} | "
            f"{entry['ours_median']:,.0f} {entry['unit']} | {entry['reference_median']:,.0f} {entry['unit']} |")


def tables(folder, ratios, allocations, resident):
    lines = [f'# {os.path.basename(folder)}', '',
             'Ratios of pairs taken in turn in one run; median (lowest to highest). Absolute figures are medians and mean little by',
             'themselves.',
             'The environment is in [environment.txt](environment.txt), every leg in [legs.json](legs.json).', '']
    if ratios:
        lines += ['![ratios](ratios.svg)', '',
                  '| row | io | work | against | ratio | aim | ours | reference |', '|---|---|---|---|---|---|---|---|']
        lines += [line(entry) for entry in ratios]
    if allocations:
        lines += ['', '| row 9 | io | requests | bytes allocated on the managed heap for each |', '|---|---|---|---|']
        lines += [f"| {entry['work']} | {entry['io']} | {entry['requests']:,} | {entry['bytes_per_request']:.2f} |"
                  for entry in allocations]
    if resident:
        lines += ['', '| row 10, io | `--memory-limit` | at start | idle connections | with them | uploads of 1 GiB | most | written |',
                  '|---|---|---|---|---|---|---|---|']
        lines += [f"| {entry['io']} | {entry['limit']} | {entry['start_mib']} MiB | {entry['idle_connections']:,} | "
                  f"{entry['idle_mib']} MiB | {entry['uploads']} for {entry['seconds']} s | {entry['peak_mib']} MiB | "
                  f"{entry['written_gib']} GiB |" for entry in resident]
    profiles = sorted(name for name in os.listdir(folder) if name.startswith(('syscalls-', 'symbols-', 'flames-')))
    if profiles:
        lines += ['', 'Where the time goes: ' + ', '.join(f'[{name}]({name})' for name in profiles) + '.']
    return '\n'.join(lines) + '\n'
