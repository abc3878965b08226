/** A request without its body that knows whether anything of it was read. */
export class ObservedRequest extends Request {
  isRead = false

  override get headers(): Headers {
    this.isRead = true
    return super.headers
  }

  override get url(): string {
    this.isRead = true
    return super.url
  }

  override clone(): Request {
    this.isRead = true
    return super.clone()
  }
}
