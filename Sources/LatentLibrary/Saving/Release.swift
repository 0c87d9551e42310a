// Which version of the library this is, as its files and the tool tell it.

public enum Release {
  public static let version = "0.1.0"
}
