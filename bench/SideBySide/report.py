"""Turns the legs of a run into ratios, their spread and a table."""
import json
import os
import platform
import shutil
import statistics
import subprocess


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
        'row': row['row'], 'work': row['work'], 'reference': row['reference'], 'unit': row['unit'], 'aim': row['aim'],
        'ours_median': round(statistics.median(ours for _, ours in row['pairs']), 1),
        'reference_median': round(statistics.median(reference for reference, _ in row['pairs']), 1),
        'ratio_median': round(statistics.median(ratios), 3), 'ratio_min': round(min(ratios), 3), 'ratio_max': round(max(ratios), 3),
        'ratios': [round(value, 3) for value in ratios],
    }


def write(folder, environment_text, rows, allocations, legs):
    """Writes environment.txt, legs.json (every raw leg), ratios.json and README.md with the table."""
    ratios = [ratio(row) for row in rows]
    with open(os.path.join(folder, 'environment.txt'), 'w', encoding='utf-8') as file:
        file.write(environment_text)
    with open(os.path.join(folder, 'legs.json'), 'w', encoding='utf-8') as file:
        json.dump(legs, file, indent=1)
        file.write('\n')
    with open(os.path.join(folder, 'ratios.json'), 'w', encoding='utf-8') as file:
        json.dump({'ratios': ratios, 'allocations': allocations}, file, indent=1)
        file.write('\n')
    with open(os.path.join(folder, 'README.md'), 'w', encoding='utf-8') as file:
        file.write(table(os.path.basename(folder), ratios, allocations))


def table(name, ratios, allocations):
    lines = [f'# {name}', '',
             'Ratios of pairs taken in turn in one run; median (lowest to highest). Absolute figures are medians and mean little by themselves.',
             'The environment is in [environment.txt](environment.txt), every leg in [legs.json](legs.json).', '',
             '| row | work | against | ratio | aim | ours | reference |', '|---|---|---|---|---|---|---|']
    for entry in ratios:
        lines.append(f"| {entry['row']} | {entry['work']} | {entry['reference']} | **{entry['ratio_median']:.2f}** "
                     f"({entry['ratio_min']:.2f} to {entry['ratio_max']:.2f}) | {entry['aim']} | {entry['ours_median']:,.0f} {entry['unit']} | "
                     f"{entry['reference_median']:,.0f} {entry['unit']} |")
    if allocations:
        lines += ['', '| row 9 | requests | bytes allocated on the managed heap for each |', '|---|---|---|']
        lines += [f"| {entry['work']} | {entry['requests']:,} | {entry['bytes_per_request']:.1f} |" for entry in allocations]
    return '\n'.join(lines) + '\n'
