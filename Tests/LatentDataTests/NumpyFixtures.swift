// Files written by numpy 1.24, gzipped, in base64: an independent hand for the readers.

enum NumpyFixtures {
  static let files: [String: String] = [
    "f8":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5GkY6CsaaOgq1CmQDLgYU8MAeQn+A0j+gNIMDhGJxAAA8EQPJsAAAAA==",
    "f4be":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6XZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5GkY6CsaaOgq1CmQDrgMCDAz7FzAw7GtgYLB3AOIHDAwOBgwMAGRYHnWYAAAA",
    "f8f":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEg8pKk0FChdn"
      + "JBakArkaRjoKxpo6CrUK5AMuBhQg5AChf9hDaAkonwNKyzkAABTXl1iwAAAA",
    "i2":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6XaaSuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5GkY6CsaaOgq1CmQDrv9////7/5+BgYGRgQkApkx24owAAAA=",
    "i1":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loF6Taaiuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5GkY6CsaaOgq1CmQDrr///jMwMgEAxwrXA4YAAAA=",
    "i8":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5GkY6CsaaOgq1CmQDLgYYEFh65QWIVvBaeZERSBu8r93FBKQdpgQtZgbSAZbqPSwMDADnMFSD"
      + "sAAAAA==",
    "u1":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5GkY6CsaaOgq1CmQDLgZGJmYWVgB+ntfPhgAAAA==",
    "b1":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loF6TZKiuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5GkY6CsaaOgq1CmQDLkYGEAQA2eqMGIYAAAA=",
    "f2":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqSuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5GiY6mjoKtQoUAC4Gi/+/GRkYagBjolJqiAAAAA==",
    "scalar":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoX"
      + "ZyQWpAL5Gpo6CrUKFAEuBjBgcQAANbQ6k4gAAAA=",
    "v2":
      "H4sIAAAAAAACA5vsF+obEMnEUMLAwFCtnpJanFykbqWgbpNpoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4F"
      + "ihdnJBakAvkaRjoKxpo6CrUKZAIuoLUMjEDMBMTMQMwCxKxADACJNqySmAAAAA==",
    "c16":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TbGimrqOgnpZfVFKUmBefX5SSCpJwS8wpTgWK"
      + "F2ckFqQC+RpGOgrGmjoKtQrkAi4GrOCDPZqAAyqXA40vgMYXgfMBh4UImeAAAAA=",
    "rec":
      "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6lEK2hnqiuo6Buk2airhkLZKTlF5UUJebF5xelpIIU"
      + "uCXmFKcCxYszEgtSgXwNIx1NHYVaBdIBFwMUAABDh/0EiAAAAA==",
    "npz":
      "H4sIAAAAAAACAwvwZmbRZYAARYYPZ63d/kMBK4MIQ4VeXkElI4MAwwaoEhg92S/UNyCSkaGMoVo9JbU4"
      + "uUjdSkHdJs1CXUdBPS2/qKQoMS8+vyglFSTulphTnAoUL85ILEgF8jWMdBSMNXUUahXIBlwMKOCDPZTh"
      + "AKE4oLQAlBZxCEDxZhJTajyyNyth3myCKmnC582aUkMivUmZJ4HeZGQK8GZk0mVGjaEN0IhgRQqCBkYQ"
      + "CY4vdC0g3zZBPYWq5TmQrIRoYWUDCTEBYRqQXgA2DQD/m9B6HAIAAA==",
    "npzc":
      "H4sIAAAAAAACAwvwZmbRZWBg4ABiRYabcaWp/6GAlUGEoUIvr6CSkUGA4QAbAxiEQCiG2W/EX0kLnDwR"
      + "cCxg7bxJUXNiluQtXZA3OW3husUL5k2LDwmaMkN8fvyUSVxC5d5nNP1Yu8TTVcSWMP2UWsZmxaU2y4pr"
      + "K9cTJr22QAMut4MaEqyLG3gYGAJQnJLElBqP7JRKmFOaoE5ww+eUuOCsFYSc4mYFdocIg56bGtByRiZd"
      + "ZtSQAHkW5HFWBgRoYASR4HBB1wJyMchRIAeiaukGkpUQLazggGQCwjSQRrBpAGKIHFGEAQAA",
  ]
}
