// The codes of all modules up to the library in one list; every module keeps its own table.

import LatentData
import LatentDistributions
import LatentLanguage
import LatentModels
import LatentSyntax
import LatentTensor

extension CodeMeaning {
  /// The codes of the language and its library, table by table.
  public static let library: [CodeMeaning] =
    DiagnosticCode.allCases.map { CodeMeaning($0.rawValue, $0.meaning) }
    + LanguageCodes.meanings.map(CodeMeaning.init)
    + ArrayFailure.allCases.map { CodeMeaning($0.rawValue, $0.meaning) }
    + LinearAlgebraFailure.allCases.map { CodeMeaning($0.rawValue, $0.meaning) }
    + DistributionCodes.meanings.map(CodeMeaning.init)
    + BlockCodes.meanings.map(CodeMeaning.init)
    + ModelCodes.meanings.map(CodeMeaning.init)
    + DataFailure.allCases.map { CodeMeaning($0.rawValue, $0.meaning) }
}
