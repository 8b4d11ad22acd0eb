// Speaks as nvidia-smi does, of two GPUs that do not exist. First argument: how it behaves.
const [mode, ...args] = process.argv.slice(2);
const option = (name) => args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);

const reasons = mode === 'old' ? 'clocks_throttle_reasons' : 'clocks_event_reasons';
const fields = (gpu, round) => ({
  uuid: `GPU-fake-${gpu}`,
  index: String(gpu),
  name: 'NVIDIA Fake 24GB',
  driver_version: mode === 'old' ? '470.1' : '600.1',
  'pci.bus_id': `00000000:0${gpu + 1}:00.0`,
  pstate: gpu === 0 ? 'P2' : 'P8',
  'utilization.gpu': gpu === 0 ? `${40 + round} %` : '[N/A]',
  'utilization.memory': '7 %',
  'utilization.decoder': gpu === 0 ? '98 %' : '[Unknown Error]',
  'utilization.encoder': '0 %',
  'memory.used': '12000 MiB',
  'memory.total': '24576 MiB',
  'memory.free': '12576 MiB',
  'temperature.gpu': '84',
  'temperature.memory': 'N/A',
  'power.draw': '250.50 W',
  'enforced.power.limit': '[Insufficient Permissions]',
  'fan.speed': '55 %',
  'clocks.current.sm': '1410 MHz',
  [`${reasons}.sw_thermal_slowdown`]: 'Active',
  [`${reasons}.gpu_idle`]: 'Not Active',
  'ecc.errors.uncorrected.volatile.total': '3',
  'remapped_rows.failure': 'No',
  'remapped_rows.pending': 'Yes',
});

const xml = (round) => `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
\t<driver_version>600.1</driver_version>
\t<gpu id="00000000:01:00.0">
\t\t<product_name>NVIDIA Fake 24GB</product_name>
\t\t<uuid>GPU-fake-0</uuid>
\t\t<pci><pci_bus_id>00000000:01:00.0</pci_bus_id></pci>
\t\t<fan_speed>N/A</fan_speed>
\t\t<performance_state>P2</performance_state>
\t\t<clocks_event_reasons>
\t\t\t<clocks_event_reason_sw_thermal_slowdown>Active</clocks_event_reason_sw_thermal_slowdown>
\t\t</clocks_event_reasons>
\t\t<clocks_event_reasons_counters>
\t\t\t<clocks_event_reasons_counters_sw_power_cap>2500000 us</clocks_event_reasons_counters_sw_power_cap>
\t\t</clocks_event_reasons_counters>
\t\t<fb_memory_usage><total>24576 MiB</total><used>12000 MiB</used><free>12576 MiB</free></fb_memory_usage>
\t\t<utilization><gpu_util>${40 + round} %</gpu_util><decoder_util>98 %</decoder_util></utilization>
\t\t<ecc_errors><volatile><sram_correctable>1</sram_correctable><dram_correctable>2</dram_correctable></volatile></ecc_errors>
\t\t<temperature><gpu_temp>84 C</gpu_temp><gpu_temp_tlimit>6 C</gpu_temp_tlimit></temperature>
\t\t<gpu_power_readings><instant_power_draw>250.50 W</instant_power_draw></gpu_power_readings>
\t\t<clocks><sm_clock>1410 MHz</sm_clock></clocks>
\t\t<processes><process_info><pid>4711</pid><process_name>/usr/bin/ffmpeg -i rtsp://u:hunter2@h</process_name><used_memory>538 MiB</used_memory></process_info></processes>
\t</gpu>
</nvidia_smi_log>
`;

const write = (text) => process.stdout.write(text);

if (args.includes('--help-query-gpu')) {
  if (mode === 'stranger') write('usage: something else\n');
  else {
    write('List of valid properties to query for the switch "--query-gpu":\n\n');
    for (const name of Object.keys(fields(0, 0)))
      write(`"${name}"${name === 'uuid' ? ' or "gpu_uuid"' : ''}\nWhat it is.\n\n`);
  }
} else if (option('--query-compute-apps') !== undefined) {
  write(
    'GPU-fake-0, 4711, /usr/bin/ffmpeg, 538 MiB\nGPU-fake-0, 4712, /opt/trainer,v2, 1024 MiB\nGPU-fake-1, x, y, [N/A]\n',
  );
} else {
  const asked = option('--query-gpu')?.split(',') ?? [];
  if (asked.length > 0) write(`${asked.join(', ')}\n`);
  let round = 0;
  const play = () => {
    if (mode === 'dies' && round >= 2) {
      process.stderr.write('Unable to determine the device handle for GPU: GPU is lost.\n');
      process.exit(15);
    }
    if (mode === 'silent' && round >= 1) return;
    round++;
    if (args.includes('-x')) {
      const document = xml(round);
      write(document.slice(0, 333));
      setTimeout(() => write(document.slice(333)), 5);
      return;
    }
    write('this is no row\n');
    for (const gpu of [0, 1]) {
      const row = fields(gpu, round);
      write(`${asked.map((name) => row[name] ?? '[Not Supported]').join(', ')}\n`);
    }
  };
  play();
  setInterval(play, Number(option('--loop-ms')));
}
