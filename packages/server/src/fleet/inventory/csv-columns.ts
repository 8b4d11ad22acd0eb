/** What the columns of camera lists are called, in several languages and tools: letters and digits alone, lower case → field. */
const COLUMNS = new Map<string, string>();

const SYNONYMS: Readonly<Record<string, string>> = {
  id: 'id cameraid camid camera kamera cam kameraid cameranumber cameranr kameranummer kameranr device deviceid asset assetid assettag uid uuid',
  name: 'name cameraname displayname title description label bezeichnung kameraname nom nombre beschreibung',
  site: 'site sitename location standort place building facility station lokation ort ubicacion emplacement gebaeude',
  recorder:
    'recorder nvr server recordingserver vms nvrname rekorder aufzeichnung grabador enregistreur dvr recordingnode',
  switch: 'switch switchname networkswitch poeswitch accessswitch networkdevice',
  port: 'port switchport interface poeport switchinterface ifname',
  class: 'class cameraclass klasse kameraklasse klass',
  model: 'model cameramodel modell hardware product devicemodel producttype typ',
  owner: 'owner responsible team contact department besitzer verantwortlich eigentuemer abteilung',
  'expected.frames_per_second':
    'fps framespersecond framerate expectedfps expectedframespersecond rate bildrate bildersekunde',
  'expected.resolution': 'resolution aufloesung size expectedresolution imagesize',
  'expected.width': 'width breite expectedwidth',
  'expected.height': 'height hoehe expectedheight',
  'expected.codec': 'codec encoding compression videocodec expectedcodec format kompression',
  'expected.keyframe_interval_seconds':
    'keyframeinterval keyframeintervalseconds gop gopseconds iframeinterval gopsize',
  'streams.main':
    'url main mainstream streamurl rtsp rtspurl stream mainurl rtspmain streammain streamsmain primarystream rtspaddress videourl uri',
  'streams.sub': 'sub substream suburl rtspsub streamsub streamssub secondarystream lowres substreamurl',
  'streams.snapshot': 'snapshot snapshoturl jpeg jpegurl imageurl streamssnapshot stillurl',
  'streams.onvif': 'onvif onvifurl onvifaddress streamsonvif deviceservice xaddr',
  transport: 'transport rtsptransport protocol streamtransport',
  username: 'username user login benutzer benutzername usuario utilisateur credentialsusername',
  password_env: 'passwordenv passwordvariable credentialsenv credentialspasswordenv',
  password_file: 'passwordfile secretfile credentialsfile credentialspasswordfile',
  coordinates: 'coordinates gps latlon latlong koordinaten position geo geolocation coords latitudelongitude',
  latitude: 'latitude lat breitengrad gpslat geolat coordinateslatitude',
  longitude: 'longitude lon lng long laengengrad gpslon gpslong geolon coordinateslongitude',
  'plan.x': 'planx mapx',
  'plan.y': 'plany mapy',
  schedule: 'schedule operatinghours hours recordingschedule zeitplan betriebszeit',
  maintenance: 'maintenance maintenancewindow maintenancewindows wartung wartungsfenster',
  probe: 'probe enabled active monitored aktiv ueberwacht monitor monitoring',
  address: 'address ip ipaddress ipaddr ipv4 host hostname adresse ipadresse dns',
  channel: 'channel kanal channelid channelnumber',
  template: 'template vorlage profile',
  secret: 'password passwort passwd pwd pass contrasena kennwort motdepasse secret token credentialspassword',
};

for (const [field, names] of Object.entries(SYNONYMS)) {
  for (const name of names.split(' ')) COLUMNS.set(name, field);
}

/** The field of a column; `label` → `labels.x`, for columns that are written `label:x` or `labels.x`; undefined for what nobody knows. */
export function fieldOfColumn(header: string): string | undefined {
  const label = /^labels?\s*[.:_/]\s*([A-Za-z_][A-Za-z0-9_]*)$/i.exec(header.trim());
  if (label?.[1]) return `labels.${label[1]}`;
  return COLUMNS.get(columnKey(header));
}

/** The column is called as the field itself, so that it wins over others that mean the same. */
export function isExactColumn(header: string, field: string): boolean {
  return columnKey(header) === columnKey(field.slice(field.lastIndexOf('.') + 1));
}

/** `Kamera-Nr.` → `kameranr`, `Auflösung` → `aufloesung` */
export function columnKey(header: string): string {
  return header
    .toLowerCase()
    .replace(/ä/g, 'ae')
    .replace(/ö/g, 'oe')
    .replace(/ü/g, 'ue')
    .replace(/ß/g, 'ss')
    .normalize('NFD')
    .replace(/[^a-z0-9]/g, '');
}

/** A column that nobody knows becomes a label, if its name can be one. */
export function labelOfColumn(header: string): string | undefined {
  const name = header
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[a-z_][a-z0-9_]{0,59}$/.test(name) ? name : undefined;
}
