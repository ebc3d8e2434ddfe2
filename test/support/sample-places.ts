type Place = readonly [x: number, y: number];

/** Pixels of apps/samples/ihc.png that a person took for nucleus, in glands and stroma. */
// prettier-ignore
export const NUCLEI_BY_EYE: readonly Place[] = [
  [308, 179], [316, 204], [366, 260], [393, 253], [452, 167], [343, 360], [308, 367],
  [297, 250], [296, 280], [333, 270], [316, 290], [358, 294], [456, 245], [487, 230],
  [476, 203], [471, 163], [491, 140], [500, 170], [488, 275], [445, 303], [418, 368],
  [25, 32], [17, 107], [72, 57], [104, 150], [120, 167], [135, 197], [154, 146],
  [10, 190], [164, 131], [220, 47], [200, 232], [150, 60],
];

/** Pixels that a person took for anything else: lumen, vessel, crypt, cytoplasm, fibres. */
// prettier-ignore
export const OTHERS_BY_EYE: readonly Place[] = [
  [15, 340], [20, 380], [452, 420], [363, 155], [373, 188], [147, 20], [65, 7],
  [341, 178], [403, 203], [376, 210], [468, 258], [406, 318], [471, 278],
];
