/** Whether a text that stands where a path may stand is the address of something on the web. */
export const isWebUrl = (text: string): boolean => /^https?:\/\//i.test(text);
