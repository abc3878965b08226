/** Offers a file as a download of the browser. */
export function saveAs(blob: Blob, fileName: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = fileName
  link.click()
  // The browser needs the URL until it has begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
